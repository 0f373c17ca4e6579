import { text } from './common.ts';

const LENGTH_MIN = 12;
const LENGTH_MAX = 256;

/**
 * Prepares a password for hashing, so that it is the same whichever keyboard typed it: the OpaqueString profile of RFC
 * 8265, 4.2. Every space becomes U+0020, and the text is normalised to NFC.
 */
export function opaqueString(typed: string): string {
  return typed.replace(/\p{Zs}/gu, ' ').normalize('NFC');
}

/** 12 to 256 characters. The most common ones are refused when a password is set. */
export const newPassword = text(LENGTH_MAX).refine((typed) => [...opaqueString(typed)].length >= LENGTH_MIN, {
  error: 'At least 12 characters.',
});
