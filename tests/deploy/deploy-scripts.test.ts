import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { has, must, ROOT, sh, type ShellResult } from './support/shell.ts';
import { makeStandIn, type Command, type StandIn } from './support/stand-in.ts';

const TESTED = 'a'.repeat(40);
const NEWER = 'b'.repeat(40);
const PROVIDER = 'projects/1/locations/global/workloadIdentityPools/github/providers/anvil';

describe.skipIf(!has('jq', 'curl'))('the scripts of deploy.yml', () => {
  let work: string;
  const standIns: StandIn[] = [];

  beforeEach(async () => {
    work = await mkdtemp(join(tmpdir(), 'anvil-deploy-job-'));
  });
  afterEach(async () => {
    for (const standIn of standIns.splice(0)) await standIn.close();
    await rm(work, { recursive: true, force: true });
  });

  const put = async (name: string, command: Command): Promise<StandIn> => {
    const standIn = await makeStandIn(name, join(work, name), command);
    standIns.push(standIn);
    return standIn;
  };
  const run = (script: string, args: string[], env: Record<string, string> = {}): Promise<ShellResult> =>
    sh(join(ROOT, script), args, {
      env: {
        PATH: [...standIns.map((standIn) => standIn.folder), process.env.PATH ?? ''].join(':'),
        no_proxy: '127.0.0.1',
        RUNNER_TEMP: work,
        GITHUB_ENV: join(work, 'env'),
        GITHUB_OUTPUT: join(work, 'output'),
        GITHUB_REPOSITORY: 'acme/anvil',
        ...env,
      },
    });
  const written = (name: string) => readFile(join(work, name), 'utf8');

  describe('.ci/assert-tested', () => {
    const gh: Command = async (args) => {
      const [command, path = ''] = args;
      if (command !== 'api') throw new Error(`gh knows no ${command}`);
      const { pathname, searchParams: query } = new URL(path, 'https://api.github.com/');
      expect(pathname).toBe('/repos/acme/anvil/actions/workflows/ci.yml/runs');
      expect([query.get('branch'), query.get('event'), query.get('status')]).toEqual([
        'main',
        'push',
        'success',
      ]);
      return { code: 0, stdout: query.get('head_sha') === TESTED ? '1\n' : '0\n' };
    };

    test('passes a commit of main that CI has tested, and no other', async () => {
      await put('gh', gh);
      expect(await run('.ci/assert-tested', [TESTED])).toMatchObject({ code: 0, stderr: '' });
      const { code, stderr } = await run('.ci/assert-tested', [NEWER]);
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: `CI has no successful run for commit ${NEWER} on main. Deploy a commit that CI has tested.\n`,
      });
    });

    test.each(['main', TESTED.slice(0, 12), `${TESTED}&branch=other`])(
      'refuses %s, which is no full SHA',
      async (commit) => {
        await put('gh', gh);
        expect((await run('.ci/assert-tested', [commit])).code).toBe(2);
      },
    );

    test('fails when GitHub does not answer', async () => {
      await put('gh', async () => ({ code: 1, stderr: 'HTTP 502\n' }));
      expect((await run('.ci/assert-tested', [TESTED])).code).not.toBe(0);
    });
  });

  describe('.ci/find-image', () => {
    const images = [`registry.fly.io/prompts:${TESTED}`];
    beforeEach(() =>
      put('docker', async (args) => {
        expect(args.slice(0, 3)).toEqual(['buildx', 'imagetools', 'inspect']);
        return { code: images.includes(args[3] ?? '') ? 0 : 1 };
      }),
    );

    test("names the image in Fly's registry by the app, and finds it", async () => {
      const env = { DEPLOY_TARGET: 'fly', FLY_APP: 'prompts' };
      expect((await run('.ci/find-image', [TESTED], env)).code).toBe(0);
      expect(await written('output')).toBe(`name=registry.fly.io/prompts:${TESTED}\nfound=true\n`);
    });

    test('names the image in the registry of DOCKER_REGISTRY, and does not find it', async () => {
      const env = { DEPLOY_TARGET: 'kubernetes', DOCKER_REGISTRY: 'registry.example.com/team' };
      expect((await run('.ci/find-image', [TESTED], env)).code).toBe(0);
      expect(await written('output')).toBe(`name=registry.example.com/team/anvil:${TESTED}\nfound=false\n`);
    });
  });

  describe('.ci/sign-in', () => {
    let github: Server;
    let url: string;
    /** Gives out a token for an audience, to the job that has the permission. */
    beforeEach(async () => {
      github = createServer((request, response) => {
        const audience = new URL(request.url ?? '', 'http://github').searchParams.get('audience') ?? '';
        if (request.headers.authorization !== 'Bearer request-token')
          return void response.writeHead(401).end();
        response.end(JSON.stringify({ value: `token for ${audience}` }));
      }).listen(0, '127.0.0.1');
      await once(github, 'listening');
      url = `http://127.0.0.1:${(github.address() as AddressInfo).port}/token?api-version=2.0`;
    });
    afterEach(() => github.close());
    const permission = () => ({
      ACTIONS_ID_TOKEN_REQUEST_URL: url,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token',
    });

    /** Reads the password as docker does. */
    const docker: Command = async () => ({ code: 0, stdout: 'Login Succeeded\n' });

    test('does nothing where passwords are used', async () => {
      await writeFile(join(work, 'env'), '');
      expect(await run('.ci/sign-in', [], { DEPLOY_TARGET: 'server' })).toEqual({
        code: 0,
        stdout: '',
        stderr: '',
      });
      expect(await written('env')).toBe('');
    });

    test("signs Docker in to Fly's registry", async () => {
      const flyctl = await put('flyctl', async () => ({ code: 0 }));
      expect((await run('.ci/sign-in', [], { DEPLOY_TARGET: 'fly' })).code).toBe(0);
      expect(flyctl.calls).toEqual([['auth', 'docker']]);
    });

    test('exchanges the token for a role of AWS, for the registry and the cluster', async () => {
      const aws = await put('aws', async (args) => {
        const option = (name: string) => args[args.indexOf(name) + 1];
        switch (args.slice(0, 2).join(' ')) {
          case 'sts assume-role-with-web-identity':
            if (option('--web-identity-token') !== 'token for sts.amazonaws.com')
              return { code: 254, stderr: 'AccessDenied\n' };
            return { code: 0, stdout: 'AKIA\tsecret-key\tsession-token\n' };
          case 'ecr get-login-password':
            return { code: 0, stdout: 'password-of-ecr\n' };
          case 'eks update-kubeconfig':
            await writeFile(option('--kubeconfig') ?? '', 'kind: Config\n');
            return { code: 0 };
        }
        throw new Error(`aws knows no ${args.join(' ')}`);
      });
      const registry = '1.dkr.ecr.eu-central-1.amazonaws.com';
      const dockerStandIn = await put('docker', docker);
      const { code, stdout, stderr } = await run('.ci/sign-in', [], {
        ...permission(),
        ...{ DEPLOY_TARGET: 'kubernetes', DOCKER_REGISTRY: `${registry}/team` },
        ...{ AWS_ROLE_ARN: 'arn:aws:iam::1:role/deploy', AWS_REGION: 'eu-central-1', EKS_CLUSTER: 'prompts' },
      });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      for (const secret of ['token for sts.amazonaws.com', 'secret-key', 'session-token'])
        expect(stdout).toContain(`::add-mask::${secret}\n`);
      expect(dockerStandIn.calls).toEqual([['login', '--username', 'AWS', '--password-stdin', registry]]);
      expect(aws.calls.map((args) => args[1])).toEqual([
        'assume-role-with-web-identity',
        'get-login-password',
        'update-kubeconfig',
      ]);
      expect(await written('env')).toBe(
        `AWS_ACCESS_KEY_ID=AKIA\nAWS_SECRET_ACCESS_KEY=secret-key\nAWS_SESSION_TOKEN=session-token\nAWS_REGION=eu-central-1\nKUBECONFIG=${join(work, 'kubeconfig')}\n`,
      );
    });

    test('says what to check when AWS refuses the role', async () => {
      await put('aws', async () => ({ code: 254, stderr: 'AccessDenied\n' }));
      const env = { AWS_ROLE_ARN: 'arn:aws:iam::1:role/deploy', AWS_REGION: 'eu-central-1' };
      const { code, stderr } = await run('.ci/sign-in', [], { ...permission(), ...env });
      expect(code).toBe(1);
      expect(stderr).toContain(
        "AWS refused the role arn:aws:iam::1:role/deploy. Check the role's trust policy.",
      );
    });

    test('names the permission that the job lacks', async () => {
      const env = { AWS_ROLE_ARN: 'arn:aws:iam::1:role/deploy', AWS_REGION: 'eu-central-1' };
      const { code, stderr } = await run('.ci/sign-in', [], env);
      expect(code).not.toBe(0);
      expect(stderr).toContain('The job needs the permission id-token: write');
    });

    test('exchanges the token for an account of Google, for the registry and the cluster', async () => {
      await put('gcloud', async (args) => {
        const option = (name: string) =>
          args.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
        switch (args.slice(0, 3).join(' ')) {
          case 'iam workload-identity-pools create-cred-config': {
            const token = await readFile(option('--credential-source-file'), 'utf8');
            expect(token).toBe(`token for https://iam.googleapis.com/${PROVIDER}\n`);
            expect(option('--service-account')).toBe('deploy@acme.iam.gserviceaccount.com');
            await writeFile(option('--output-file'), '{}');
            return { code: 0 };
          }
          case 'auth login --quiet':
            return { code: 0 };
          case 'auth print-access-token':
            return { code: 0, stdout: 'access-token\n' };
          case 'container clusters describe':
            return { code: 0, stdout: `198.51.100.7\t${Buffer.from('certificate').toString('base64')}\n` };
        }
        throw new Error(`gcloud knows no ${args.join(' ')}`);
      });
      const dockerStandIn = await put('docker', docker);
      const registry = 'europe-west3-docker.pkg.dev';
      const { code, stdout, stderr } = await run('.ci/sign-in', [], {
        ...permission(),
        ...{ DEPLOY_TARGET: 'kubernetes', DOCKER_REGISTRY: `${registry}/acme/images` },
        ...{
          GOOGLE_IDENTITY_PROVIDER: PROVIDER,
          GOOGLE_SERVICE_ACCOUNT: 'deploy@acme.iam.gserviceaccount.com',
        },
        ...{ GOOGLE_PROJECT: 'acme', GKE_CLUSTER: 'prompts', GKE_LOCATION: 'europe-west3' },
      });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain('::add-mask::access-token\n');
      expect(dockerStandIn.calls).toEqual([
        ['login', '--username', 'oauth2accesstoken', '--password-stdin', registry],
      ]);
      const kubeconfig = join(work, 'kubeconfig');
      expect(await written('env')).toBe(`KUBECONFIG=${kubeconfig}\n`);
      expect((await must('stat', ['-c', '%a', kubeconfig])).trim()).toBe('600');
      expect(parse(await written('kubeconfig'))).toMatchObject({
        clusters: [{ cluster: { server: 'https://198.51.100.7' } }],
        users: [{ user: { token: 'access-token' } }],
      });
    });
  });
});
