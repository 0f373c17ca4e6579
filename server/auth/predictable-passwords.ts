/** Common beginnings and ends of passwords, in lower case and without digits that stand for letters. */
const WORDS = `
  abc admin administrator anvil autumn baseball changeme changeit company computer default dragon football guest hello
  iloveyou letmein login master monkey passwort password pass princess prompt prompts qwerty qwertz azerty root secret
  spring summer sunshine superman temp temporary test testing user welcome winter contrasena motdepasse parola senha
`
  .trim()
  .split(/\s+/);

/** Runs of these, forwards or backwards, are what keyboards and alphabets offer. Each is long enough to go round. */
const ROWS = [
  '12345678901234567890123456789012',
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
  'azertyuiopqsdfghjklmwxcvbn',
  '1q2w3e4r5t6y7u8i9o0p',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm',
  'qazwsxedcrfvtgbyhnujm',
].flatMap((row) => [row, [...row].reverse().join('')]);

const RUN_MIN = 2;
/** More parts than this are no longer among what is tried first. */
const PARTS_MAX = 3;
const YEAR = /^(?:19|20)\d\d/;
const REPEATED = /^(.{1,4}?)\1+/su;
const ENDING = /[!?.,*#$@_-]{1,3}$/;
const LETTER_OF: Record<string, string> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '@': 'a',
  $: 's',
};

/**
 * Returns whether a password is put together like the most common ones: at most three of a common word, a run of the
 * keyboard, a year and something repeated, and up to three signs at the end, such as `Password1234!`.
 *
 * @param password in lower case
 */
export function isPredictable(password: string): boolean {
  return [password, password.replace(ENDING, '')].some((text) => countParts(text, PARTS_MAX) !== undefined);
}

/** @returns how many parts the text consists of; undefined when there are more than `most`, or when it has others */
function countParts(text: string, most: number): number | undefined {
  if (text === '') return 0;
  if (most === 0) return undefined;
  for (const length of lengthsOfParts(text)) {
    const rest = countParts(text.slice(length), most - 1);
    if (rest !== undefined) return rest + 1;
  }
  return undefined;
}

/** The lengths of all parts that the text may begin with. */
function lengthsOfParts(text: string): number[] {
  const letters = [...text].map((sign) => LETTER_OF[sign] ?? sign).join('');
  const lengths = WORDS.filter((word) => text.startsWith(word) || letters.startsWith(word)).map(
    ({ length }) => length,
  );
  if (YEAR.test(text)) lengths.push(4);
  const repeated = REPEATED.exec(text)?.[0].length;
  if (repeated !== undefined) lengths.push(repeated);
  for (const row of ROWS) {
    let length = RUN_MIN;
    while (length <= text.length && row.includes(text.slice(0, length))) lengths.push(length++);
  }
  return lengths;
}
