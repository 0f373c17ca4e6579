/** Strings everywhere are well-formed Unicode without NUL: PostgreSQL stores neither, and UTF-8 can't carry the first. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;

/** Longest message about a prompt or a value: sentences quote what they are about, which may be a template of 256 Ki characters. */
const MESSAGE_LENGTH_MAX = 500;

/** Cuts a message that quotes outside text to a bounded length. */
export function boundedMessage(message: string): string {
  if (message.length <= MESSAGE_LENGTH_MAX) return message;
  // Half of a surrogate pair can't be stored or sent.
  return `${message.slice(0, MESSAGE_LENGTH_MAX - 1).replace(/\p{Surrogate}$/u, '')}…`;
}

/** Whether a string is well-formed Unicode (no half of a surrogate pair) without NUL. */
export function isStorableText(text: string): boolean {
  return !UNSTORABLE.test(text);
}

/** Number of UTF-8 bytes of a text; half a surrogate pair counts as three, like its replacement character. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) continue;
    if (code < 0x800) bytes += 1;
    else if (code < 0xd800 || code > 0xdbff || (text.charCodeAt(i + 1) & 0xfc00) !== 0xdc00) bytes += 2;
    else {
      bytes += 2;
      i++;
    }
  }
  return bytes;
}

/** Letters that Unicode doesn't decompose into a plain letter and a mark, as people write them without. */
const PLAIN_LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
};

/** Replaces letters such as ß and ø, which remain after diacritics are removed: `Größe` → `Grösse`. */
export function withPlainLetters(text: string): string {
  return text.replace(/[ßæœøłđðþı]/giu, (letter) => {
    const plain = PLAIN_LETTERS[letter.toLowerCase()] ?? letter;
    return letter === letter.toLowerCase() ? plain : plain.toUpperCase();
  });
}
