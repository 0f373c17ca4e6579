import { pathToFileURL } from 'node:url';
import { buildCommandIfStale } from '../client/build.mjs';

// `npm run -s anvil -- import …`: the command `anvil` of this clone, without installing anything.

const command = await buildCommandIfStale();
// npm runs scripts in the folder of the clone; files are named from where one stands.
if (process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);
process.argv[1] = command;
await import(pathToFileURL(command));
