import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApartAnvil, type ApartAnvil } from './support/apart-anvil.ts';
import { S3_KEYS, startS3, type S3 } from './support/s3.ts';
import { has } from './support/shell.ts';
import { wordsOf, type Words } from './support/words.ts';

// Back from a backup, and back to a moment, by the commands of docs/deploy/backup.md alone: Debian's PostgreSQL,
// pgBackRest and aws, and s3rver.

const RESTORE = '/opt/anvil/current/deploy/restore.sh';
/** Rows and a checksum of every table that is Anvil's own, whatever the order of its rows. */
const SUMS = `select format('select %L, count(*), md5(string_agg(t::text, '''' order by t::text)) from %I.%I t',
    n.nspname || '.' || c.relname, n.nspname, c.relname)
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where c.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' order by 1`;

describe.skipIf(!has('root', 'unshare', 'pg_createcluster', 'pgbackrest', 'aws'))(
  'recovery',
  { timeout: 900_000 },
  () => {
    let anvil: ApartAnvil;
    let s3: S3;
    let words: Words;

    beforeAll(async () => {
      words = await wordsOf('docs/deploy/backup.md');
      anvil = await startApartAnvil();
      s3 = await startS3(anvil, { bucket: 'anvil-backups', port: 4568 });
      await anvil.sh(words.block('cat >/etc/anvil/backup.env'), S3_KEYS);
      await anvil.sh(`echo BACKUP_S3_ENDPOINT=${s3.url} >>/etc/anvil/backup.env`);
    });
    afterAll(() => anvil?.remove());

    const psql = (query: string, database = 'anvil_prod') =>
      anvil.run('runuser', [
        ...['-u', 'postgres', '--', 'psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1'],
        ...['-d', database, '-c', query],
      ]);
    const sums = (database?: string) =>
      anvil
        .sh(
          `cd / && printf '%s\\n\\\\gexec\\n' "$SUMS" | runuser -u postgres -- psql -X -q -A -t -d ${database}`,
          {
            SUMS,
          },
        )
        .then((text) => text.trim().split('\n'));
    const isWell = async () => {
      const health = await anvil.try(words.block('http://127.0.0.1:4000/health'));
      expect(health.code, await anvil.sh('tail -n 20 /var/log/anvil.log')).toBe(0);
      expect(JSON.parse(health.stdout)).toMatchObject({ database: 'ok' });
      expect(await anvil.fetchPrompt()).toBe(anvil.template);
    };

    it('comes back from S3 in a new cluster, each table the same, and serves a prompt with its old key', async () => {
      await anvil.sh('systemctl stop anvil');
      await anvil.sh(words.block('systemctl start anvil-backup'));
      const before = await sums('anvil_prod');
      expect(before.find((line) => line.startsWith('public.versions|'))).toMatch(/\|[1-9]/);
      // The machine is lost; its place is taken by a new one, with nothing but what the set-up makes.
      await anvil.sh('pg_ctlcluster 15 main stop -m immediate && rm -rf /var/backups/anvil/*');
      await anvil.makeCluster();
      await anvil.sh('anvil-server migrate && systemctl start anvil');

      const said = await anvil.sh(words.block('create database anvil_restored owner anvil'));
      expect(said).toMatch(
        /Restored anvil_\d{8}_\d{6}\.dump into the database anvil_restored: \d+ tables, [1-9]/,
      );
      expect(await sums('anvil_restored')).toEqual(before);
      expect(await anvil.sh(words.block('psql -d anvil_restored -c'))).toMatch(/20\d\d-/);
      await anvil.sh(words.block('alter database anvil_restored rename to anvil_prod'));
      await isWell();
    });

    it('is refused where it would do harm, and nothing is changed', async () => {
      const refused = async (script: string, why: RegExp, env: Record<string, string> = {}) => {
        const { code, stderr } = await anvil.try(script, { BACKUP_S3_URL: '', ...env });
        expect(stderr).toMatch(why);
        expect(code).not.toBe(0);
      };
      await anvil.sh('/opt/anvil/current/deploy/backup.sh', { BACKUP_S3_URL: '' });
      await refused(`${RESTORE} latest`, /anvil_prod is not empty, and stays as it is/);
      await psql('create database anvil_empty owner anvil');
      const into = `--database anvil_empty`;
      await refused(
        `${RESTORE} anvil_20000101_000000.dump ${into}`,
        /There is no anvil_20000101_000000\.dump/,
      );
      await refused(`${RESTORE} latest --database anvil_nowhere`, /There is no such database/);
      await psql('revoke anvil_app from anvil');
      await refused(
        `${RESTORE} latest ${into}`,
        /create role anvil_app nologin;\n {2}grant anvil_app to anvil;/,
      );
      await psql('grant anvil_app to anvil');
      await psql('alter role anvil superuser');
      await refused(`${RESTORE} latest ${into}`, /anvil is a superuser/);
      await psql('alter role anvil nosuperuser');
      await anvil.sh(
        'mkdir -p /opt/copy && cp /var/backups/anvil/anvil_* /opt/copy && truncate -s -1 /opt/copy/*.dump',
      );
      await refused(`${RESTORE} /opt/copy/*.dump ${into}`, /is not what its checksum says/);
      await anvil.sh('rm /opt/copy/*.sha256');
      await refused(`${RESTORE} /opt/copy/*.dump ${into}`, /There is no checksum/);
      expect(await psql('select count(*) from pg_class where relnamespace = 2200', 'anvil_empty')).toBe(
        '0\n',
      );
    });

    it('goes back to a moment, exact to a row, and keeps every change from there on', async () => {
      const mark = (text: string) => psql(`insert into markers values ('${text}')`);
      const now = async () => (await psql('select clock_timestamp()')).trim();
      const markers = async (port: number) =>
        (
          await anvil.sh(`cd / && runuser -u postgres -- psql -p ${port} -d anvil_prod -Atc 'table markers'`)
        ).trim();
      await psql('create table markers (text text)');
      await anvil.sh(words.block('/opt/anvil/current/deploy/pitr_setup.sh\n'));
      await mark('in the full backup or after');
      await anvil.sh('/opt/anvil/current/deploy/pitr_backup.sh incr');
      expect(await anvil.sh('cat /var/lib/prometheus/node-exporter/anvil_pitr.prom')).toContain(
        'last_run_failed 0',
      );
      expect(await anvil.sh(words.block('--stanza=anvil info'))).toMatch(
        /cipher: aes-256-cbc[^]*full backup[^]*incr backup/,
      );
      expect(await anvil.try('grep -rlaF "in the full backup" /var/lib/pgbackrest')).toMatchObject({
        code: 1,
      });
      await mark('before');
      const moment = await now();
      await mark('after');
      // All that was written reaches the archive.
      await anvil.sh(`cd / && runuser -u postgres -- pgbackrest --stanza=anvil check`);

      await anvil.sh(words.block('deploy/pitr_restore.sh "$MOMENT"'), { MOMENT: moment });
      expect(await markers(5433)).toBe('in the full backup or after\nbefore');
      expect(await markers(5432)).toBe('in the full backup or after\nbefore\nafter');
      expect(await anvil.sh(words.block('psql -p 5433 -d anvil_prod'))).toMatch(/20\d\d-/);
      await anvil.sh(words.block('rename to anvil_before_recovery'));
      await isWell();
      expect(await anvil.sh('pg_lsclusters -h')).toMatch(/15 +main +5432 down[^]*15 +recovered +5433 online/);
      expect(await anvil.sh('/opt/anvil/current/deploy/pitr_backup.sh')).toBe('');
    });

    it('says so when a moment lies after all that was archived, or is none', async () => {
      const to = (moment: string) =>
        anvil.try(
          `/opt/anvil/current/deploy/pitr_restore.sh '${moment}' --name later --cluster 15/recovered`,
        );
      expect((await to('tomorrow')).stderr).toContain(
        '"tomorrow" is no moment. It wants the form 2026-03-01 14:05:00+00',
      );
      const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
      const { code, stderr } = await to(`${tomorrow} 23:00:00+00`);
      expect(stderr).toMatch(
        /recovery ended before configured recovery target was reached[^]*Nothing was recovered, and nothing was changed\./,
      );
      expect(code).not.toBe(0);
      expect(await anvil.sh('pg_lsclusters -h')).not.toContain('later');
    });

    it('keeps every change in S3 when it is told to', async () => {
      const tls = { certificate: '/opt/s3.pem', key: '/opt/s3-key.pem' };
      await anvil.sh(`openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \\
      -addext subjectAltName=IP:127.0.0.1 -keyout ${tls.key} -out ${tls.certificate} 2>/dev/null`);
      const secure = await startS3(anvil, { bucket: 'anvil-backups', port: 4569, tls });
      const cluster = await anvil.sh(`pg_lsclusters -h | awk '$4 ~ /^online/ { print $1 "/" $2; exit }'`);
      await anvil.sh(`rm -f /etc/pgbackrest/pgbackrest.conf
      printf '%s\\n' PITR_S3_URL=s3://anvil-backups/pitr/ PITR_S3_ENDPOINT=127.0.0.1:4569 PITR_S3_INSECURE=true >>/etc/anvil/backup.env
      /opt/anvil/current/deploy/pitr_setup.sh --cluster ${cluster.trim()}`);
      const keys = await secure.keys();
      expect(keys.filter((key) => key.startsWith('pitr/backup/anvil/'))).toContainEqual(
        expect.stringMatching(/\/backup\.manifest$/),
      );
      expect(keys.filter((key) => key.startsWith('pitr/archive/anvil/')).length).toBeGreaterThan(2);
      expect(await anvil.sh(words.block('--stanza=anvil info'))).toMatch(/status: ok\s+cipher: aes-256-cbc/);
      const said = await anvil.sh(
        `/opt/anvil/current/deploy/pitr_restore.sh latest --name from_s3 --cluster ${cluster.trim()}`,
      );
      expect(said).toMatch(/is in the cluster \d+\/from_s3, on port \d+/);
    });
  },
);
