import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** In front of every key, so that people and scanners of repositories know one. */
const PREFIX = 'ank_';
/** Letters and digits only: a double click marks the whole key. */
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 62^43 is just above 2^256. */
const SECRET_LENGTH = 43;
/** 62^6 is above 2^32. */
const CHECKSUM_LENGTH = 6;
const FORM = new RegExp(`^${PREFIX}[0-9A-Za-z]{${SECRET_LENGTH + CHECKSUM_LENGTH}}$`);
/** `ank_` and six characters: 36 of the 256 bits, enough to tell one key from another. */
const START_LENGTH = 10;

/** @returns a new API key: `ank_`, 256 random bits and a CRC-32, both in base 62 */
export function newApiKeyToken(): string {
  const secret = base62(BigInt(`0x${randomBytes(32).toString('hex')}`), SECRET_LENGTH);
  return `${PREFIX}${secret}${checksum(secret)}`;
}

/** Whether the text is whole and its checksum fits: tells a cut or mistyped key from an unknown one by itself. */
export function looksLikeApiKey(text: string): boolean {
  if (!FORM.test(text)) return false;
  const secret = text.slice(PREFIX.length, PREFIX.length + SECRET_LENGTH);
  return text.endsWith(checksum(secret));
}

/** @returns SHA-256 in hex, which is what is stored: 256 random bits need no salt and no slow hash */
export function hashApiKeyToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** @returns the part that lists show */
export function startOfApiKeyToken(token: string): string {
  return token.slice(0, START_LENGTH);
}

function checksum(secret: string): string {
  return base62(BigInt(crc32(secret)), CHECKSUM_LENGTH);
}

function base62(value: bigint, length: number): string {
  let text = '';
  for (let rest = value; rest > 0n; rest /= 62n) text = DIGITS.charAt(Number(rest % 62n)) + text;
  return text.padStart(length, '0');
}
