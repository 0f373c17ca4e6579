import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DATABASE_PASSWORD, startApartAnvil, type ApartAnvil } from './support/apart-anvil.ts';
import { S3_KEYS, startS3, type S3 } from './support/s3.ts';
import { has } from './support/shell.ts';
import { wordsOf, type Words } from './support/words.ts';

// The nightly backup and the weekly drill, by the commands of docs/deploy/backup.md, with real tools: Debian's
// PostgreSQL and aws, and s3rver.

const FOLDER = '/var/backups/anvil';
const METRICS = '/var/lib/prometheus/node-exporter/anvil_backup.prom';
const DRILL_METRICS = '/var/lib/prometheus/node-exporter/anvil_restore_drill.prom';
/** What the unit runs, as its user. */
const SCRIPT = 'runuser -u anvil -- /opt/anvil/current/deploy/backup.sh';
const NAME = /^anvil_\d{8}_\d{6}\.dump$/;

describe.skipIf(!has('root', 'unshare', 'pg_createcluster', 'aws'))('backup', { timeout: 900_000 }, () => {
  let anvil: ApartAnvil;
  let s3: S3;
  let words: Words;

  beforeAll(async () => {
    words = await wordsOf('docs/deploy/backup.md');
    anvil = await startApartAnvil();
    s3 = await startS3(anvil, { bucket: 'anvil-backups', port: 4568 });
    await anvil.sh(words.block('cat >/etc/anvil/backup.env'), S3_KEYS);
    await anvil.sh(`echo BACKUP_S3_ENDPOINT=${s3.url} >>/etc/anvil/backup.env`);
    await anvil.sh('touch /var/log/arguments && chmod 666 /var/log/arguments');
  });
  afterAll(() => anvil?.remove());
  afterEach(() => anvil.sh('rm -rf /opt/wrap'));

  /** All that lies there, whatever its name. */
  const local = async () => (await anvil.sh(`ls -A ${FOLDER}`)).split('\n').filter((name) => name !== '');
  const both = async () => ({ local: await local(), s3: await s3.keys() });
  const metrics = async (file = METRICS) =>
    Object.fromEntries(
      [...(await anvil.sh(`cat ${file}`)).matchAll(/^anvil_\w+?_(last_\w+) (\d+)$/gm)].map(
        ([, name = '', value]) => [name, Number(value)],
      ),
    );
  /** Puts a program in front of the real one of that name. */
  const wrap = (program: string, script: string) =>
    anvil.write(`/opt/wrap/${program}`, `#!/bin/bash\n${script}\n`, '0755');
  const wrapped = () => anvil.try(`export PATH=/opt/wrap:$PATH\n${SCRIPT}`, { AWS_MAX_ATTEMPTS: '1' });

  it('is the database row for row, here and in S3 with a checksum, and Prometheus is told', async () => {
    for (const program of ['psql', 'pg_dump', 'pg_restore', 'aws']) {
      await wrap(program, `echo "$*" >>/var/log/arguments\nexec /usr/bin/${program} "$@"`);
    }
    await anvil.sh(`export PATH=/opt/wrap:$PATH\n${words.block('systemctl start anvil-backup')}`);

    const [name = '', sum = '', ...more] = await local();
    expect(name).toMatch(NAME);
    expect([sum, ...more]).toEqual([`${name}.sha256`]);
    expect(await s3.keys()).toEqual([`daily/${name}`, `daily/${name}.sha256`]);
    expect(await anvil.sh(`cd ${FOLDER} && sha256sum --check ${sum} && stat -c %a ${name}`)).toBe(
      `${name}: OK\n600\n`,
    );
    const tables = await anvil.sh(`pg_restore --list ${FOLDER}/${name} | grep -c 'TABLE DATA'`);
    expect(await anvil.sh('cat /var/log/anvil-backup.log')).toMatch(
      new RegExp(`Verified ${name}: \\d+ bytes, ${tables.trim()} tables, [1-9]\\d* rows`),
    );
    expect(await metrics()).toMatchObject({ last_failure_timestamp_seconds: 0, last_run_failed: 0 });
    expect((await metrics()).last_success_timestamp_seconds).toBeGreaterThan(1_700_000_000);

    const said = await anvil.sh('cat /var/log/arguments');
    expect(said).toContain('postgres://anvil@127.0.0.1:5432/anvil_prod');
    for (const secret of [DATABASE_PASSWORD, decodeURIComponent(DATABASE_PASSWORD)]) {
      expect(said, 'what everybody can read by ps').not.toContain(secret);
    }
  });

  it('and drill and base each night are units that systemd takes', async () => {
    const units = '/opt/anvil/current/deploy/anvil-{backup,restore-drill,pitr}.{service,timer}';
    const { code, stdout, stderr } = await anvil.try(`systemd-analyze verify --man=no ${units}`);
    expect({ code, said: stdout + stderr }).toEqual({ code: 0, said: '' });
  });

  describe('that fails', () => {
    const failures: Record<string, { arrange: () => Promise<unknown>; says: RegExp }> = {
      'because pg_dump breaks off': {
        arrange: () =>
          wrap(
            'pg_dump',
            'for a; do case $a in --file=*) echo PGDMP-half >"${a#--file=}" ;; esac; done; exit 1',
          ),
        says: /pg_dump failed/,
      },
      'because pg_dump leaves out rows and says it is well': {
        arrange: () => wrap('pg_dump', 'exec /usr/bin/pg_dump --exclude-table-data=versions "$@"'),
        says: /does not hold the rows of the database/,
      },
      'because the dump is cut short and pg_dump says it is well': {
        arrange: () =>
          wrap(
            'pg_dump',
            '/usr/bin/pg_dump "$@"; for a; do case $a in --file=*) truncate -s 40000 "${a#--file=}" ;; esac; done',
          ),
        says: /can't be read/,
      },
      'because there is next to nothing in it': {
        arrange: () => wrap('pg_dump', 'for a; do case $a in --file=*) : >"${a#--file=}" ;; esac; done'),
        says: /The dump has 0 bytes/,
      },
      'because the role does not see all rows': {
        arrange: () => wrap('psql', `export PGOPTIONS='-c role=anvil_app'\nexec /usr/bin/psql "$@"`),
        says: /row-level security|permission denied/,
      },
      'because the upload fails': {
        arrange: () => wrap('aws', 'case "$*" in *"s3 cp"*) exit 1 ;; esac; exec /usr/bin/aws "$@"'),
        says: /upload to s3:\/\/anvil-backups\/daily\/ failed/,
      },
      'because what arrives in S3 is something else': {
        arrange: () =>
          wrap(
            'aws',
            'set -- "${@/#\\/var\\/backups\\/anvil\\/anvil_*.dump/\\/etc\\/hostname}"; exec /usr/bin/aws "$@"',
          ),
        says: /is not what was uploaded/,
      },
    };

    it.each(Object.keys(failures))(
      '%s: nothing is deleted, nothing half is left, the alert sees it',
      async (why) => {
        const failure = failures[why];
        await failure?.arrange();
        const before = await both();
        const success = (await metrics()).last_success_timestamp_seconds;
        await anvil.sh(
          `sed -i 's/_failure_timestamp_seconds [0-9]*/_failure_timestamp_seconds 1/' ${METRICS}`,
        );

        const { code, stderr } = await wrapped();
        expect(stderr).toMatch(failure?.says ?? /^$/);
        expect(code).not.toBe(0);
        const after = await both();
        expect(after.s3).toEqual(before.s3);
        // Where S3 alone fails, there is one more whole backup here.
        const more = after.local.filter((name) => !before.local.includes(name));
        expect(more.length).toBe(why.includes('S3') || why.includes('upload') ? 2 : 0);
        expect(after.local).toEqual(expect.arrayContaining(before.local));
        for (const name of after.local) expect(name).toMatch(/^anvil_\d{8}_\d{6}\.dump(\.sha256)?$/);
        const { last_failure_timestamp_seconds: failed, ...rest } = await metrics();
        expect(rest).toEqual({ last_success_timestamp_seconds: success, last_run_failed: 1 });
        expect(failed).toBeGreaterThan(1_700_000_000);
      },
    );

    it('because the disk is full: the backups that are there stay, and no part of one is left', async () => {
      await anvil.sh(`mkdir -p /opt/full && mount -t tmpfs -o size=48k tmpfs /opt/full && chown anvil /opt/full
        for file in anvil_20200101_000000.dump anvil_20200101_000000.dump.sha256; do echo old >/opt/full/$file; done`);
      const { code, stderr } = await anvil.try(SCRIPT, { BACKUP_DIR: '/opt/full', BACKUP_S3_URL: '' });
      const left = await anvil.sh('ls -A /opt/full && umount /opt/full');
      expect(stderr).toMatch(/No space left on device/);
      expect(code).not.toBe(0);
      expect(left.split('\n').filter((name) => name !== '')).toEqual([
        'anvil_20200101_000000.dump',
        'anvil_20200101_000000.dump.sha256',
      ]);
      expect(await metrics()).toMatchObject({ last_run_failed: 1 });
    });
  });

  it('lets go what is older than 30 days, but never of the newest seven, at both ends', async () => {
    const daysAgo = (days: number) => {
      const time = new Date(Date.now() - days * 86_400_000).toISOString();
      return `anvil_${time.slice(0, 10).replaceAll('-', '')}_${time.slice(11, 19).replaceAll(':', '')}.dump`;
    };
    const pairs = (names: string[]) => names.flatMap((name) => [name, `${name}.sha256`]);
    const young = Array.from({ length: 8 }, (_, index) => daysAgo(index + 21.9));
    const old = [30.1, 31, 45, 400].map(daysAgo);
    const strangers = ['anvil_notes.txt', 'other_20200101_000000.dump', 'anvil_20200101_000000.dump.old'];
    // Here only old ones: six of them stay beside the new one. In S3 enough young ones: no old one stays.
    const few = Array.from({ length: 9 }, (_, index) => daysAgo(31 + index)).sort();
    const neverWhole = daysAgo(50);
    await anvil.sh(
      `
      rm -rf ${FOLDER}/* /var/lib/s3rver-4568/anvil-backups/daily /opt/plant && mkdir -p /opt/plant && cd ${FOLDER}
      touch ${[...pairs(few), neverWhole, ...strangers].join(' ')}
      cd /opt/plant && for file in ${[...pairs([...young, ...old]), neverWhole, ...strangers].join(' ')}; do echo $file >$file; done
      AWS_REGION=eu-central-1 aws --endpoint-url ${s3.url} s3 cp --recursive --only-show-errors /opt/plant s3://anvil-backups/daily/`,
      S3_KEYS,
    );
    await anvil.sh(words.block('systemctl start anvil-backup'));
    expect(await anvil.sh(words.block('journalctl -u anvil-backup'))).toMatch(/Deleted s3:/);

    const { local: here, s3: there } = await both();
    const made = here.filter((name) => NAME.test(name)).at(-1) ?? '';
    expect(here.sort()).toEqual([...pairs([...few.slice(-6), made]), ...strangers].sort());
    expect(there).toEqual([...pairs([...young, made]), ...strangers].map((name) => `daily/${name}`).sort());
  });

  describe('drill', () => {
    const drill = () => anvil.try(words.block('restore_drill.sh'));

    it('restores the newest backup on a server that is thrown away, and Prometheus is told', async () => {
      const { code, stdout, stderr } = await drill();
      expect(stderr).toBe('');
      expect(code).toBe(0);
      expect(stdout).toMatch(
        /Restored anvil_\d{8}_\d{6}\.dump .*each table as in the backup\.\nThe drill ended well\./,
      );
      expect(await metrics(DRILL_METRICS)).toMatchObject({
        last_run_failed: 0,
        last_failure_timestamp_seconds: 0,
      });
      expect(await anvil.sh('ls /var/tmp; pg_lsclusters -h | wc -l')).toBe('1\n');
    });

    it('fails when the newest backup is older than two days', async () => {
      await anvil.sh(`cd ${FOLDER} && newest=$(ls anvil_*.dump | tail -n 1) && mkdir -p /opt/aside
        mv $newest $newest.sha256 /opt/aside && rm -f anvil_*
        for end in '' .sha256; do mv /opt/aside/$newest$end anvil_20250101_000000.dump$end; done`);
      const { code, stderr } = await anvil.try(words.block('restore_drill.sh'), { BACKUP_S3_URL: '' });
      expect(stderr).toContain('anvil_20250101_000000.dump is the newest backup, and older than 48 hours.');
      expect(code).not.toBe(0);
    });

    it('fails when the newest backup is damaged, and leaves nothing behind', async () => {
      await anvil.sh(`rm -rf ${FOLDER}/anvil_*`);
      const newest = (await s3.keys()).filter((key) => NAME.test(key.replace('daily/', ''))).at(-1) ?? '';
      await s3.damage(newest);
      const { code, stderr } = await drill();
      expect(stderr).toMatch(/is not what its checksum says[^]*The drill failed/);
      expect(code).not.toBe(0);
      expect(await metrics(DRILL_METRICS)).toMatchObject({ last_run_failed: 1 });
      expect(await anvil.sh('ls /var/tmp')).toBe('');
    });
  });
});
