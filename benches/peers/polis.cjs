// Ory Polis (the library that was SAML Jackson) with its SCIM directory sync on PostgreSQL, behind the thinnest HTTP
// server that it can have. Loopback only. Started in the folder where its packages are installed:
//
//   node polis.cjs PORT POSTGRES_URL
//
// Prints one line of JSON when it listens: where its directory is and the token that opens it.
const { createRequire } = require('module');
const here = createRequire(`${process.cwd()}/`);
const express = here('express');
const start = here('@boxyhq/saml-jackson').default;

process.env.DO_NOT_TRACK = '1';
process.env.BOXYHQ_NO_ANALYTICS = '1';

async function main(port, url) {
  const silent = () => undefined;
  const { directorySyncController: sync } = await start({
    externalUrl: `http://127.0.0.1:${port}`,
    samlAudience: 'https://bench.example',
    samlPath: '/acs',
    idpDiscoveryPath: '/idp',
    scimPath: '/scim',
    noAnalytics: true,
    db: { engine: 'sql', type: 'postgres', url },
    logger: { info: silent, warn: silent, debug: silent, error: console.error },
  });
  const made = await sync.directories.create({ tenant: 'bench', product: 'bench', type: 'okta-scim-v2', name: 'Bench' });
  if (made.error) throw made.error;

  const server = express();
  server.use(express.json({ type: () => true }));
  const answer = async (request, response) => {
    const number = (text) => (text === undefined ? undefined : Number(text));
    const { filter, startIndex, count } = request.query;
    const { status, data } = await sync.requests.handle(
      {
        method: request.method,
        directoryId: request.params.directory,
        resourceType: request.params.kind,
        resourceId: request.params.id,
        apiSecret: (request.get('authorization') || '').replace(/^Bearer /, ''),
        body: request.method === 'GET' ? undefined : request.body,
        query: { filter, startIndex: number(startIndex), count: number(count) },
      },
      async () => undefined
    );
    response.status(status).type('application/scim+json').send(JSON.stringify(data));
  };
  server.all('/scim/:directory/:kind', answer);
  server.all('/scim/:directory/:kind/:id', answer);
  server.listen(port, '127.0.0.1', () => {
    console.log(JSON.stringify({ prefix: `/scim/${made.data.id}`, token: made.data.scim.secret }));
  });
}

main(Number(process.argv[2]), process.argv[3]).catch((error) => {
  console.error(error);
  process.exit(1);
});
