/** Mean width of a character of a sans-serif font at 12 px; an ellipsis is as wide as two. */
const characterWidth = 6.9;

/** Fewer would not tell one name from another. */
const fewest = 5;

/** Characters that an area of a treemap has room for beside its margins; 0 when a name would say nothing. */
export function labelRoom(width: number): number {
  const room = Math.floor((width - 8) / characterWidth);
  return room < fewest ? 0 : room;
}

/** A text for so many characters of room. */
export function shorten(text: string, room: number): string {
  return text.length <= room ? text : `${text.slice(0, Math.max(1, room - 2))}…`;
}
