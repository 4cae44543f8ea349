// A provider of sign-on for the tests: the real oidc-provider, with people it is told of and a door to change them.
//
//   node provider.mjs PORT CLIENT_SECRET ADDRESS_OF_BOS ADDRESS_OF_THE_HUB
//
// Whoever names an account at its login is that account. POST /test sets what the next answers say:
// {accounts: {...}, rotate: true, down: true, clock: seconds}.

import { createServer } from 'node:http';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import Provider from 'oidc-provider';

const [port, secret, origin, hub] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const state = { accounts: {}, down: false, logouts: [] };

const program = {
  client_id: 'bos@bank',
  client_secret: secret,
  redirect_uris: [],
  grant_types: ['client_credentials'],
  response_types: [],
  token_endpoint_auth_method: 'client_secret_post',
};

function freshKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' };
}

function make(keys) {
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'bos',
        client_secret: secret,
        redirect_uris: [`${origin}/sign-on/callback`],
        post_logout_redirect_uris: [`${origin}/sign-out`],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        backchannel_logout_uri: `${origin}/sign-on/ended`,
        backchannel_logout_session_required: true,
      },
      {
        client_id: 'jupyterhub',
        client_secret: secret,
        redirect_uris: [`${hub}/hub/oauth_callback`],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
      },
      program,
    ],
    jwks: { keys },
    cookies: { keys: ['test'] },
    pkce: { required: () => true, methods: ['S256'] },
    scopes: ['openid', 'profile', 'email', 'offline_access'],
    claims: {
      openid: ['sub', 'groups'],
      profile: ['preferred_username', 'name'],
      email: ['email', 'email_verified'],
    },
    features: {
      devInteractions: { enabled: true },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true },
      clientCredentials: { enabled: true },
    },
    issueRefreshToken: async (ctx, client, code) => !state.accounts[code.accountId]?.no_refresh,
    rotateRefreshToken: true,
    ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Session: 3600, Grant: 3600, Interaction: 600, RefreshToken: 3600 },
    findAccount: async (ctx, id) => {
      const account = state.accounts[id];
      if (account === undefined || account.gone) return undefined;
      return { accountId: id, claims: async () => ({ sub: id, ...account.claims }) };
    },
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
      grant.addOIDCScope('openid profile email offline_access');
      await grant.save();
      return grant;
    },
  });
  provider.on('server_error', (ctx, error) => console.error('server_error', error));
  provider.on('grant.error', (ctx, error) => console.error('grant.error', error.error, error.error_detail ?? ''));
  return provider;
}

let keys = [freshKey()];
let provider = make(keys);

async function told(request) {
  let text = '';
  for await (const part of request) text += part;
  return JSON.parse(text || '{}');
}

createServer(async (request, response) => {
  if (request.url === '/test') {
    const asked = await told(request);
    if (asked.accounts) state.accounts = { ...state.accounts, ...asked.accounts };
    if ('down' in asked) state.down = asked.down;
    if (asked.rotate) {
      keys = [freshKey()];
      provider = make(keys);
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ kids: keys.map((key) => key.kid) }));
    return;
  }
  if (state.down) {
    request.socket.destroy();
    return;
  }
  // Where AppDynamics has it, so that its client gets a token of a real provider.
  if (request.url === '/controller/api/oauth/access_token') request.url = '/token';
  provider.callback()(request, response);
}).listen(Number(port), '127.0.0.1', () => console.log('ready'));
