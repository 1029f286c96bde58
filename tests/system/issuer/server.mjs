// The OpenID server that the tests log in at: oidc-provider (https://github.com/panva/node-oidc-provider), a certified
// implementation, with an in-memory store.
//
//     node server.mjs PORT CLIENT_ID CLIENT_SECRET REDIRECT_URI
//
// It is the real server but for what tests need beside it, below /test:
//
//     POST /test/rotate                  the signing keys are exchanged for others, from now on
//     POST /test/token {"header", "claims"}   the next id token has these in place of its own; `alg: none` is not signed,
//                                        and with "foreignKey" it is signed by a key that the server does not have
//     POST /test/person {…}              who logs in next: the claims of the account, `sub` at least
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import Provider from 'oidc-provider';

const jose = await import(createRequire(createRequire(import.meta.url).resolve('oidc-provider')).resolve('jose'));
const [port, clientId, clientSecret, redirectUri] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;

let person = { sub: 'person-1', email: 'person@example.com', email_verified: true };
let nextToken = null;
let keys = [];
let generation = 0;

async function newKey() {
  generation += 1;
  const { privateKey } = await jose.generateKeyPair('RS256', { extractable: true });
  return { ...(await jose.exportJWK(privateKey)), kid: `key-${generation}`, alg: 'RS256', use: 'sig' };
}

function provider() {
  const people = new Map();
  const server = new Provider(issuer, {
    clients: [{
      client_id: clientId,
      client_secret: clientSecret,
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code'],
      response_types: ['code'],
    }],
    jwks: { keys },
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    cookies: { keys: ['a test'] },
    ttl: { AccessToken: 60, AuthorizationCode: 60, Grant: 600, IdToken: 60, Interaction: 600, Session: 600 },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => people.get(sub) ?? { sub } }),
  });
  // Whoever comes is let in at once, as the person that the test has named.
  server.use(async (ctx, next) => {
    if (!ctx.path.startsWith('/interaction/')) return next();
    const who = ctx.query.person ? JSON.parse(ctx.query.person) : person;
    people.set(who.sub, who);
    const { params, prompt, grantId } = await server.interactionDetails(ctx.req, ctx.res);
    const grant = grantId
      ? await server.Grant.find(grantId)
      : new server.Grant({ accountId: who.sub, clientId: params.client_id });
    if (prompt.details.missingOIDCScope) grant.addOIDCScope(prompt.details.missingOIDCScope.join(' '));
    if (prompt.details.missingOIDCClaims) grant.addOIDCClaims(prompt.details.missingOIDCClaims);
    const consent = prompt.name === 'consent' ? { consent: { grantId: await grant.save() } } : {};
    const result = { login: { accountId: who.sub }, ...consent };
    ctx.redirect(await server.interactionResult(ctx.req, ctx.res, result, { mergeWithLastSubmission: true }));
  });
  server.use(async (ctx, next) => {
    await next();
    if (ctx.path === '/token' && ctx.status === 200 && nextToken && ctx.body?.id_token) {
      const change = nextToken;
      nextToken = null;
      ctx.body = { ...ctx.body, id_token: await forged(ctx.body.id_token, change) };
    }
  });
  return server;
}

async function forged(token, { header = {}, claims = {}, foreignKey = false }) {
  const changed = { ...jose.decodeJwt(token), ...claims };
  const head = { ...jose.decodeProtectedHeader(token), ...header };
  if (head.alg === 'none') {
    const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    return `${part({ alg: 'none' })}.${part(changed)}.`;
  }
  if (head.alg === 'HS256') {
    return new jose.SignJWT(changed).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(clientSecret));
  }
  const key = await jose.importJWK(foreignKey ? await newKey() : keys[0], 'RS256');
  return new jose.SignJWT(changed).setProtectedHeader(head).sign(key);
}

async function body(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text ? JSON.parse(text) : {};
}

keys = [await newKey()];
let current = provider();

createServer(async (request, response) => {
  if (!request.url.startsWith('/test/')) return current.callback()(request, response);
  const said = await body(request);
  if (request.url === '/test/rotate') {
    keys = [await newKey()];
    current = provider();
  } else if (request.url === '/test/token') {
    nextToken = said;
  } else if (request.url === '/test/person') {
    person = said;
  }
  response.writeHead(204).end();
}).listen(Number(port), '127.0.0.1', () => console.log(`ready ${issuer}`));
