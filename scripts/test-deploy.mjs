import { testBuilt } from './test-built.mjs';

// `npm run test:deploy`: runs the deployments of docs/deploy for real. It wants root and the Debian packages that
// .ci/run installs.
await testBuilt('tests/deploy');
