import { must } from './shell.ts';

/** Without the shims of language managers, which make each of mmdebstrap's many calls slow. */
const PLAIN = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
/** What is lost with the machine need not reach its disk, nor be read in other languages. */
const QUICK = ['--dpkgopt=force-unsafe-io', '--aptopt=Acquire::Languages "none"'];

/**
 * Makes the files of a fresh Debian 12 in a folder, with nothing but what was asked for.
 *
 * @param variant of mmdebstrap: `extract` unpacks `include` alone, `minbase` is what apt runs in
 * @param include packages
 */
export async function unpackDebian(
  folder: string,
  variant: 'extract' | 'minbase',
  include: readonly string[] = [],
): Promise<void> {
  const what = [`--variant=${variant}`, ...(include.length > 0 ? [`--include=${include.join(',')}`] : [])];
  const how = ['--quiet', '--mode=root', '--aptopt=APT::Install-Recommends "false"', ...QUICK];
  await must('mmdebstrap', [...how, ...what, 'bookworm', folder], { env: PLAIN });
}
