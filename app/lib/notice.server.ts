import { redirect, type TypedResponse } from '@remix-run/node';
import { isPlainObject } from '@anvil/core/json';

/** The result of an action, for the page that follows it. */
export interface Notice {
  /** The result in one sentence: "production now points to 1.0.0." */
  sentence: string;
  /** The id of the element that the action changed. It receives the focus instead of the page's heading. */
  focus?: string;
}

const COOKIE_NAME = 'anvil_notice';
/** Longer than a redirect takes, shorter than a person needs to open another page. */
const MAX_AGE_SECONDS = 20;
/** Browsers drop cookies above 4 kB, and each character can take nine bytes. */
const SENTENCE_MAX = 300;

/** Redirects (303) after an action and hands its result to the page that follows. */
export function redirectWithNotice(to: string, { sentence, focus }: Notice): TypedResponse<never> {
  const text = [...sentence].slice(0, SENTENCE_MAX).join('');
  const value = encodeURIComponent(JSON.stringify({ sentence: text, focus }));
  return redirect(to, { status: 303, headers: { 'Set-Cookie': noticeCookie(value, MAX_AGE_SECONDS) } });
}

/** Reads the notice from a `Cookie` header. Returns null for anything that `redirectWithNotice` didn't write. */
export function noticeFromCookie(header: string | null): Notice | null {
  const pair = (header ?? '').split(/;\s*/).find((part) => part.startsWith(`${COOKIE_NAME}=`));
  if (!pair) return null;
  try {
    const value: unknown = JSON.parse(decodeURIComponent(pair.slice(COOKIE_NAME.length + 1)));
    if (!isPlainObject(value) || typeof value.sentence !== 'string') return null;
    return { sentence: value.sentence, focus: typeof value.focus === 'string' ? value.focus : undefined };
  } catch {
    return null;
  }
}

/** The `Set-Cookie` header that removes a notice after it was read. */
export const NO_NOTICE = noticeCookie('', 0);

function noticeCookie(value: string, maxAge: number): string {
  return `${COOKIE_NAME}=${value}; Path=/; Max-Age=${maxAge}; SameSite=Lax; HttpOnly`;
}
