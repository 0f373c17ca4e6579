import { mkdir } from 'node:fs/promises';
import { must, ROOT } from './shell.ts';

/** What git knows nothing of, and what is made from the rest. */
const NOT_OF_A_CLONE = ['.git', '.anvil', '.cache', '.env', 'build', 'coverage', 'dist', 'node_modules'];

/** Makes a folder that holds what a new clone does, with what is changed in this one. */
export async function copyClone(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const without = NOT_OF_A_CLONE.map((name) => `--exclude=./${name}`).join(' ');
  await must('bash', ['-c', `tar -C "$1" ${without} -cf - . | tar -C "$2" -xf -`, 'bash', ROOT, folder]);
}
