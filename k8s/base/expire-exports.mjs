import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

// `node expire-exports.mjs FOLDER`: deletes exports older than 30 days, by the times in their names, and never so many
// that fewer than seven are left.

const KEEP_DAYS = 30;
const KEEP_AT_LEAST = 7;

const folder = process.argv[2];
if (!folder) throw new Error('Say where the exports are: node expire-exports.mjs FOLDER');
/** What an export that was killed has left. */
const partial = /^anvil-.*\.archive\.gz\.partial$/;
const exported = /^anvil-(\d{4})-?(\d{2})-?(\d{2})\D.*\.archive\.gz$/;
const oldest = Date.now() - KEEP_DAYS * 24 * 60 * 60 * 1000;
for (const name of (await readdir(folder)).filter((name) => partial.test(name))) await rm(join(folder, name));
const names = (await readdir(folder)).filter((name) => exported.test(name)).sort();
for (const name of names.slice(0, -KEEP_AT_LEAST)) {
  const [, year, month, day] = exported.exec(name);
  if (Date.UTC(year, month - 1, day) >= oldest) continue;
  await rm(join(folder, name));
  console.log(`Deleted ${name}`);
}
console.log(`${(await readdir(folder)).filter((name) => exported.test(name)).length} exports are kept.`);
