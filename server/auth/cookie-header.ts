/**
 * @param header of `Cookie`
 * @returns the value of the cookie of that name, or `undefined`
 */
export function readCookie(header: string | undefined, name: string): string | undefined {
  const pair = header?.split(/; */).find((part) => part.startsWith(`${name}=`));
  return pair?.slice(name.length + 1) || undefined;
}
