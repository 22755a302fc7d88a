/**
 * Whether a whole text is what a pattern describes, in which `*` stands for any text and `?` for one character. Takes time in
 * proportion to the lengths of both multiplied, whatever the pattern: only the last `*` is ever gone back to.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let inPattern = 0;
  let inText = 0;
  let star = -1;
  let afterStar = 0;
  while (inText < text.length) {
    if (pattern[inPattern] === "*") {
      star = inPattern;
      afterStar = inText;
      inPattern += 1;
    } else if (inPattern < pattern.length && (pattern[inPattern] === "?" || pattern[inPattern] === text[inText])) {
      inPattern += 1;
      inText += 1;
    } else if (star !== -1) {
      // The star takes one character more.
      afterStar += 1;
      inText = afterStar;
      inPattern = star + 1;
    } else return false;
  }
  while (pattern[inPattern] === "*") inPattern += 1;
  return inPattern === pattern.length;
}
