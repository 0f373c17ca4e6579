import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { DOCKER_COMPOSE } from './compose.ts';
import { must, ROOT } from './shell.ts';
import { CLIENT, FORGED, inFolder, parseEnvironment, read, secrets, type Started } from './started.ts';
import { wordsOf } from './words.ts';

/** Dockerfile, without any platform. */
export async function readImage(): Promise<Started> {
  const text = await read('Dockerfile');
  const last = text.slice(text.lastIndexOf('\nFROM '));
  const environment = [...last.matchAll(/^ENV (\w+)=(\S+)$/gm)].map(([, name = '', value = '']) => [
    name,
    value,
  ]);
  const port = Number(/^EXPOSE (\d+)$/m.exec(last)?.[1]);
  const [, check = ''] = /^HEALTHCHECK [^[]*CMD (\[.*\])$/m.exec(last) ?? [];
  return {
    environment: { ...Object.fromEntries(environment), ...secrets(), APP_URL: 'https://anvil.example.com' },
    asks: [{ port, path: '/ready' }],
    commands: [commandOf(JSON.parse(check) as string[])],
    addresses: ['172.18.0.5'],
    // Without settings no proxy is trusted.
    proxy: { from: CLIENT, headers: { 'X-Forwarded-For': FORGED } },
  };
}

/** A command of the image, for the files of this clone. */
const commandOf = (words: string[]) => words.join(' ').replaceAll('/app/', join(ROOT, 'deploy/image/app/'));

interface ComposeFile {
  services: {
    app: {
      environment: Record<string, string>;
      healthcheck: { test: ['CMD', ...string[]] };
      ports: (string | { target: number })[];
      secrets?: { source: string }[];
    };
  };
}

/** What Compose makes of a file. */
async function readCompose(
  file: string,
  env: Record<string, string>,
): Promise<ComposeFile['services']['app']> {
  const text = await must(DOCKER_COMPOSE, ['--file', file, 'config'], { env });
  return (parseYaml(text) as ComposeFile).services.app;
}

const checksOf = ({ healthcheck, ports, environment }: ComposeFile['services']['app']) => ({
  asks: ports
    .map((port) => (typeof port === 'string' ? Number(/:(\d+)\/tcp$/.exec(port)?.[1]) : port.target))
    .map((port) => ({ port, path: port === Number(environment.METRICS_PORT) ? '/metrics' : '/ready' })),
  commands: [commandOf(healthcheck.test.slice(1))],
});

/** docker-compose.yml with the `.env` of docs/deploy/docker.md. */
export function readDockerCompose(): Promise<Started> {
  return inFolder(async (folder) => {
    const page = await wordsOf('docs/deploy/docker.md');
    await must('bash', ['-euc', page.block('cat >.env')], { cwd: folder });
    const env = parseEnvironment(await readFile(join(folder, '.env'), 'utf8'));
    const app = await readCompose('docker-compose.yml', env);
    return {
      environment: app.environment,
      ...checksOf(app),
      addresses: ['172.18.0.5'],
      proxy: { from: '172.18.0.1', headers: { 'X-Forwarded-For': `${FORGED}, ${CLIENT}` } },
    };
  });
}

/** deploy/stack.yml, whose secrets are files. */
export async function readStack(): Promise<Started> {
  const app = await readCompose('deploy/stack.yml', {
    ANVIL_IMAGE: 'anvil/app',
    APP_URL: 'https://anvil.example.com',
  });
  const values: Record<string, string> = secrets();
  const files = (app.secrets ?? []).map(({ source }) => {
    const name = source.replace('anvil_', '').toUpperCase();
    return [app.environment[`${name}_FILE`] ?? `/run/secrets/${source}`, `${values[name]}\n`];
  });
  const checks = checksOf(app);
  return {
    environment: app.environment,
    files: Object.fromEntries(files),
    ...checks,
    asks: [...checks.asks, { port: Number(app.environment.METRICS_PORT), path: '/metrics' }],
    addresses: ['172.18.0.5'],
    proxy: { from: '10.0.0.2', headers: { 'X-Forwarded-For': `${FORGED}, ${CLIENT}` } },
  };
}
