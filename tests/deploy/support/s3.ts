import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Apart } from './apart.ts';

/** The only keys that s3rver knows. */
export const S3_KEYS = { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER' };

const PROGRAM = join(dirname(createRequire(import.meta.url).resolve('s3rver/package.json')), 'bin/s3rver.js');
const FOLDER = '/var/lib/s3rver';

/** Something that speaks S3, in a place apart. */
export interface S3 {
  url: string;
  /** Keys of the bucket, sorted. */
  keys(): Promise<string[]>;
  /** Damages one object. */
  damage(key: string): Promise<void>;
}

/**
 * Starts it with one bucket.
 *
 * @param tls paths of a certificate and its key, to speak https
 */
export async function startS3(
  apart: Apart,
  { bucket, port, tls }: { bucket: string; port: number; tls?: { certificate: string; key: string } },
): Promise<S3> {
  const url = `${tls ? 'https' : 'http'}://127.0.0.1:${port}`;
  const secure = tls ? `--cert ${tls.certificate} --key ${tls.key}` : '';
  const folder = `${FOLDER}-${port}`;
  await apart.sh(`
    mkdir -p ${folder}
    setsid node ${PROGRAM} -d ${folder} -a 127.0.0.1 -p ${port} ${secure} --configure-bucket ${bucket} \\
      </dev/null >/var/log/s3rver-${port}.log 2>&1 &
    curl -skS --noproxy '*' --retry 200 --retry-delay 1 --retry-all-errors -o /dev/null ${url}/`);
  const ending = '._S3rver_object';
  return {
    url,
    keys: async () => {
      const found = await apart.sh(`cd ${folder}/${bucket} && find . -name '*${ending}' -printf '%P\\n'`);
      return found
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.slice(0, -ending.length))
        .sort();
    },
    damage: async (key) => {
      await apart.sh(
        `printf x | dd of=${folder}/${bucket}/${key}${ending} bs=1 seek=2000 conv=notrunc status=none`,
      );
    },
  };
}
