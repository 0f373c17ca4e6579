import { testBuilt } from './test-built.mjs';

// `npm run test:faults`: runs the built server under faults (a frozen or full database, a small heap, hostile requests)
// and checks that it survives and recovers. Some tests want root.
await testBuilt('tests/faults');
