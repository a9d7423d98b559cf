// jose: assertions under each registered algorithm, and the server's JWTs verified by its published keys.
import { text } from 'node:stream/consumers';
import * as jose from 'jose';

const { base_url: origin, auth_api: held, manis, token_generator, keys } = JSON.parse(await text(process.stdin));
const long = `${origin}/v1/auth/tokens/long`;

const post = async (path, { headers, body } = {}) => {
  const answer = await fetch(`${origin}${path}`, {
    method: 'POST',
    headers: { ...(body && { 'Content-Type': 'application/json' }), ...headers },
    body: body && JSON.stringify(body),
  });
  return { status: answer.status, ...(await answer.json().catch(() => ({}))) };
};
const byAssertion = (assertion) => post('/v1/auth/tokens/long', {
  headers: { 'X-Client-Id': held.client_id },
  body: {
    grant_type: 'assertion',
    client_id: held.client_id,
    assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    assertion,
  },
});
const asserted = async ({ alg, kid, pem }, header = {}) => {
  const assertion = await new jose.SignJWT()
    .setProtectedHeader({ alg, kid, ...header })
    .setIssuer(held.client_id)
    .setSubject(held.client_id)
    .setAudience(long)
    .setIssuedAt()
    .setExpirationTime('2m')
    .setJti(crypto.randomUUID())
    .sign(await jose.importPKCS8(pem, alg));
  return (await byAssertion(assertion)).status;
};
const published = jose.createRemoteJWKSet(new URL(`${origin}/.well-known/jwks.json`));
const verified = async (token, audience, typ) => {
  const { protectedHeader, payload } = await jose.jwtVerify(token, published, { issuer: origin, audience, typ });
  return [protectedHeader.alg, payload.aud];
};

const demo = { alg: 'EdDSA', kid: held.assertion_kid, pem: held.assertion_key_pem };
const assertions = {};
for (const key of [demo, ...keys]) {
  assertions[key.alg] = await asserted(key);
}
const secretToken = await new jose.SignJWT({ iss: token_generator.secret_id })
  .setProtectedHeader({ alg: 'HS256', cty: 'JWT', 'x5t#S256': 'AAAA', version: 1 })
  .setExpirationTime('2m')
  .sign(new TextEncoder().encode(token_generator.secret));
const { access_token: longToken } = await post('/v1/auth/tokens/long', {
  headers: { 'X-Client-Id': held.client_id },
  body: { grant_type: 'client_credentials', client_id: held.client_id, client_secret: held.client_secret },
});
const short = await post('/v1/auth/tokens/short', { headers: { Authorization: `Bearer ${longToken}` } });
const merchant = await post('/api/v1/auth/token', {
  headers: { 'x-merchant-id': manis.merchant_id, 'x-secret': manis.secret },
});

console.log(JSON.stringify({
  assertions,
  by_its_own_name: await asserted({ ...demo, alg: 'Ed25519' }),
  without_kid: await asserted(demo, { kid: undefined }),
  with_other_members: await asserted(demo, { cty: 'JWT', x5t: 'AAAA', private: { of: ['any', 'type'] } }),
  secret_token: (await post('/api/v1/token', {
    headers: { Authorization: `Token token="${secretToken}"` },
  })).status,
  short: await verified(short.access_token, 'auth_api', 'at+jwt'),
  manis: await verified(merchant.token, 'manis'),
}));
