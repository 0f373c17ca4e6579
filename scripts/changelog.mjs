import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { root } from './run.mjs';

// `npm run changelog`: adds a section for the version of package.json to CHANGELOG.md, from the Conventional Commits since
// the last tag. `npm run -s changelog -- --notes` prints the section that CHANGELOG.md has for this version.

const execute = promisify(execFile);

/** The headings of a section, in order, each with the commits that are listed below it. */
const HEADINGS = [
  { heading: 'Breaking changes', includes: ({ isBreaking }) => isBreaking },
  { heading: 'Features', includes: ({ type }) => type === 'feat' },
  { heading: 'Fixes', includes: ({ type }) => type === 'fix' },
  { heading: 'Performance', includes: ({ type }) => type === 'perf' },
];
const SUBJECT = /^(?<type>[a-z]+)(?:\((?<scope>[^)]+)\))?(?<mark>!)?: (?<summary>.+)$/;

/**
 * @param {string} subject
 * @param {string} body
 * @returns the parts of a Conventional Commit; undefined for any other commit
 */
function parseCommit(subject, body) {
  const parts = SUBJECT.exec(subject)?.groups;
  if (!parts) return undefined;
  const { type, scope, mark, summary } = parts;
  return { type, scope, summary, isBreaking: mark === '!' || /^BREAKING[ -]CHANGE: /m.test(body) };
}

/**
 * @param {string} clone a folder with git's data
 * @returns {Promise<{ hash: string, subject: string, body: string }[]>} the commits since the last tag, the newest first
 */
async function readCommits(clone) {
  const git = (...args) => execute('git', args, { cwd: clone, maxBuffer: 100_000_000 });
  const tag = await git('describe', '--tags', '--abbrev=0', '--match=v*').catch(() => undefined);
  const range = tag ? [`${tag.stdout.trim()}..HEAD`] : [];
  const { stdout } = await git('log', '--no-merges', '--format=%h%x00%s%x00%b%x01', ...range);
  return stdout
    .split('\u0001')
    .map((entry) => entry.trim().split('\0'))
    .filter(([hash]) => hash)
    .map(([hash, subject = '', body = '']) => ({ hash, subject, body }));
}

/**
 * Returns the section of a version. Each commit is listed once, below the first heading that fits.
 *
 * @param {{ clone: string, version: string, date: string }} input
 */
export async function writeSection({ clone, version, date }) {
  const commits = (await readCommits(clone)).flatMap(({ hash, subject, body }) => {
    const commit = parseCommit(subject, body);
    return commit ? [{ ...commit, hash }] : [];
  });
  const lines = [`## ${version} (${date})`];
  const listed = new Set();
  for (const { heading, includes } of HEADINGS) {
    const found = commits.filter((commit) => !listed.has(commit) && includes(commit));
    if (found.length === 0) continue;
    lines.push('', `### ${heading}`, '');
    for (const commit of found) {
      listed.add(commit);
      lines.push(`- ${commit.scope ? `**${commit.scope}**: ` : ''}${commit.summary} (${commit.hash})`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/**
 * Returns the section of a version without its heading, or undefined.
 *
 * @param {string} changelog
 * @param {string} version
 */
export function findNotes(changelog, version) {
  const sections = changelog.split(/^## /m).slice(1);
  const section = sections.find((text) => text.startsWith(`${version} (`));
  return section?.slice(section.indexOf('\n') + 1).trim();
}

/**
 * Puts a section above those of earlier versions.
 *
 * @param {string} changelog
 * @param {string} section
 */
export function addSection(changelog, section) {
  const first = changelog.search(/^## /m);
  const [head, rest] = first === -1 ? [changelog, ''] : [changelog.slice(0, first), changelog.slice(first)];
  return `${head.trimEnd()}\n\n${section}${rest ? `\n${rest}` : ''}`;
}

async function main([flag]) {
  const file = join(root, 'CHANGELOG.md');
  const changelog = await readFile(file, 'utf8');
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const notes = findNotes(changelog, version);
  if (flag === '--notes') {
    if (notes === undefined)
      throw new Error(`CHANGELOG.md has no section for ${version}. Run "npm run changelog", then commit it.`);
    return console.log(notes);
  }
  if (notes !== undefined)
    throw new Error(`CHANGELOG.md has a section for ${version} already. Raise the version in package.json.`);
  const date = new Date().toISOString().slice(0, 10);
  await writeFile(file, addSection(changelog, await writeSection({ clone: root, version, date })));
}

if (resolve(process.argv[1] ?? '') === import.meta.filename) {
  await main(process.argv.slice(2)).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
