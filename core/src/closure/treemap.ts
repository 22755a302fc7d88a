import { type HierarchyRectangularNode, treemapSquarify } from "d3-hierarchy";

/** What takes up space, and what lies inside of what; ids are numbers of the caller's. */
export interface TreemapContent {
  readonly root: number;
  /** Bytes of a thing and of all inside of it. */
  readonly bytesOf: (id: number) => number;
  /** What lies directly inside of a thing, the heaviest first. */
  readonly childrenOf: (id: number) => Iterable<number>;
}

/** A rectangle of a treemap, in pixels; areas are in proportion to bytes, apart from the room for names and borders. */
export interface TreemapCell {
  readonly id: number;
  readonly bytes: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** 0 for the whole map. */
  readonly depth: number;
  /** Whether something lies inside of it, drawn or not. */
  readonly hasChildren: boolean;
  /** Whether room is left along its upper edge for its name, above what is drawn inside. */
  readonly hasBand: boolean;
}

export interface TreemapSpace {
  readonly width: number;
  readonly height: number;
  /** Height of the band that holds a name. */
  readonly band: number;
}

interface Rectangle {
  readonly id: number;
  readonly value: number;
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

/** Cells with a shorter side are not drawn: nobody can point at them, and there are thousands. */
const leastSide = 3;
const leastBandWidth = 48;
/** Around all that lies inside of a cell, and between any two cells. */
const border = 2;
const gap = 1;

/**
 * Cells from the outside in; those too small to point at, and all inside of them, are left out. Only what is drawn is laid out, so
 * that the depth of a closure does not matter.
 */
export function layOutTreemap({ root, bytesOf, childrenOf }: TreemapContent, space: TreemapSpace): TreemapCell[] {
  const { width, height, band } = space;
  const cells: TreemapCell[] = [];
  layOut({ id: root, value: bytesOf(root), x0: 0, y0: 0, x1: width, y1: height }, 0);
  return cells;

  function layOut(rectangle: Rectangle, depth: number): void {
    const { id, value: bytes, x0: x, y0: y, x1, y1 } = rectangle;
    const [width, height] = [x1 - x, y1 - y];
    if (width < leastSide || height < leastSide) return;
    const children = Array.from(childrenOf(id), (child): Rectangle => {
      return { id: child, value: bytesOf(child), x0: 0, y0: 0, x1: 0, y1: 0 };
    }).filter(({ value }) => value > 0);
    const hasChildren = children.length > 0;
    const hasBand = width >= leastBandWidth && height >= band * 2;
    cells.push({ id, bytes, x, y, width, height, depth, hasChildren, hasBand });
    if (!hasChildren || width <= 2 * border || height <= 2 * border) return;
    const top = hasBand ? band : border;
    divide({ value: bytes, children }, [x + border, y + top, x1 - border, y1 - border]);
    for (const child of children) layOut(shrunk(child), depth + 1);
  }
}

/** Sets the places of children in a rectangle; what is the parent's own stays free at its end. */
function divide(
  parent: { readonly value: number; readonly children: Rectangle[] },
  [x0, y0, x1, y1]: readonly [number, number, number, number],
): void {
  // Of a node, d3's squarified tiling (tile "squarify" of d3-hierarchy 3) reads `value` and `children` alone.
  treemapSquarify(parent as unknown as HierarchyRectangularNode<unknown>, x0, y0, x1, y1);
}

function shrunk(rectangle: Rectangle): Rectangle {
  const { x0, y0, x1, y1 } = rectangle;
  return { ...rectangle, x0: x0 + gap / 2, y0: y0 + gap / 2, x1: x1 - gap / 2, y1: y1 - gap / 2 };
}
