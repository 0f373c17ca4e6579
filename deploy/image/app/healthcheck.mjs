// `node healthcheck.mjs /live`: asks this container's server, and exits with 0 when it answers 200. The image has no curl.
setTimeout(() => process.exit(1), 4_000).unref();
const path = process.argv[2] ?? '/live';
const answer = await fetch(`http://127.0.0.1:${process.env.PORT || 4000}${path}`).catch((error) => ({
  ok: false,
  status: error.cause?.code ?? error.message,
}));
console.log(answer.status);
process.exit(answer.ok ? 0 : 1);
