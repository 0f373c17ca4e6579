/** The least distance between a floating box and the edge of the viewport, in px. */
const MARGIN = 8;

/** Shifts a floating box sideways until it is inside the viewport. CSS places it at one side of its trigger. */
export function keepInViewport(box: HTMLElement): void {
  box.style.translate = 'none';
  const { left, right } = box.getBoundingClientRect();
  const end = document.documentElement.clientWidth - MARGIN;
  const shift = left < MARGIN ? MARGIN - left : Math.min(0, end - right);
  if (shift !== 0) box.style.translate = `${shift}px 0`;
}
