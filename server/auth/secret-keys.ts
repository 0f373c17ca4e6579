import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** Everything that is derived from the instance's secrets; the secrets themselves go nowhere else. */
export interface SecretKeys {
  /**
   * Ids under which the session of this token may be stored, hex: by the secret of today first, then by the previous
   * ones. A new session takes the first.
   */
  sessionIdsOf(token: string): [string, ...string[]];
  /**
   * The token of a link that is mailed, 256 bits: the same each time for the same id, so that a mail that is sent twice
   * is the same mail.
   */
  linkTokenOf(linkId: string): string;
  /** What may be stored of the token, hex: by the secret of today first, then by the previous ones. */
  linkHashesOf(token: string): [string, ...string[]];
  /** Authenticates the cookie of a known browser, hex: by the secret of today first, then by the previous ones. */
  knownBrowserMacsOf(text: string): [string, ...string[]];
  /** What the very first account is asked for on a reachable instance, such as `7QKM-2RT9-XW4C-0HDB`. */
  setUpCode(): string;
  /** Upper and lower case, spaces and dashes don't matter. Takes the same time whatever is wrong. */
  isSetUpCode(typed: string): boolean;
}

export interface SecretKeysInput {
  /** SECRET_KEY_BASE, at least 64 characters. */
  secretKeyBase: string;
  /** SESSION_SIGNING_SALT: session ids, mailed links and the set-up code. Another one ends every session. */
  sessionSigningSalt: string;
  /** SECRET_KEY_BASE_PREVIOUS, during a rotation: what was created with it is accepted. */
  previous?: string | undefined;
}

const KEY_BYTES = 32;
/** Crockford's: without I, L, O and U, which are misread or spell words. */
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const CODE_LENGTH = 16;

/** Derives one key per purpose by HKDF-SHA-256 (RFC 5869), the same on every server with the same secrets. */
export function deriveSecretKeys(input: SecretKeysInput): SecretKeys {
  const bases = [input.secretKeyBase, ...(input.previous ? [input.previous] : [])];
  const keysFor = (purpose: string, salt: string) => bases.map((base) => derive(base, salt, purpose));

  const [sessionKey, ...previousSessionKeys] = keysFor('session id', input.sessionSigningSalt) as [
    Buffer,
    ...Buffer[],
  ];
  const linkKey = derive(input.secretKeyBase, input.sessionSigningSalt, 'link token');
  const linkHashKeys = keysFor('link hash', input.sessionSigningSalt);
  const browserKeys = keysFor('known browser', input.sessionSigningSalt);
  const code = readable(derive(input.secretKeyBase, input.sessionSigningSalt, 'set-up code'));

  return {
    sessionIdsOf: (token) => [hmac(sessionKey, token), ...previousSessionKeys.map((key) => hmac(key, token))],
    linkTokenOf: (linkId) => createHmac('sha256', linkKey).update(linkId).digest('base64url'),
    linkHashesOf: (token) => linkHashKeys.map((key) => hmac(key, token)) as [string, ...string[]],
    knownBrowserMacsOf: (text) => browserKeys.map((key) => hmac(key, text)) as [string, ...string[]],
    setUpCode: () => code,
    isSetUpCode: (typed) => sameText(plain(typed), plain(code)),
  };
}

function derive(base: string, salt: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', base, salt, `anvil ${purpose}`, KEY_BYTES));
}

function hmac(key: Buffer, text: string): string {
  return createHmac('sha256', key).update(text).digest('hex');
}

function readable(key: Buffer): string {
  const letters = [...key.subarray(0, CODE_LENGTH)].map((byte) => LETTERS[byte % LETTERS.length]).join('');
  return letters.replace(/(.{4})(?=.)/g, '$1-');
}

function plain(code: string): string {
  return code.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
}

/** Of the hashes, which are equally long whatever was typed. */
function sameText(one: string, other: string): boolean {
  const key = Buffer.alloc(KEY_BYTES);
  return timingSafeEqual(Buffer.from(hmac(key, one), 'hex'), Buffer.from(hmac(key, other), 'hex'));
}
