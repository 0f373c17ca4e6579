/**
 * The address of a page without the slashes at the end of its path: `/o/acme/` is the page `/o/acme`. Links of a page compare
 * the path with their own to mark where the reader is.
 *
 * @param url path and query
 * @returns undefined when there is nothing to remove, or when the result could lead to another host (`//example.com`)
 */
export function withoutTrailingSlash(url: string): string | undefined {
  const queryAt = url.indexOf('?');
  const path = queryAt === -1 ? url : url.slice(0, queryAt);
  let end = path.length;
  while (end > 1 && path[end - 1] === '/') end -= 1;
  if (end === path.length || !/^\/[^/\\]/.test(path)) return undefined;
  return path.slice(0, end) + url.slice(path.length);
}
