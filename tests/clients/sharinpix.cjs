// sharinpix 0.0.9, the token generator's own client: signs its secret token itself and posts to the API.
'use strict';

const { text } = require('node:stream/consumers');
const Sharinpix = require('sharinpix');

// The claims a promise ends with, or the status of the refusal.
const told = (promise) => promise.then(
  (body) => ({ endpoint: body.endpoint, claims: claimsOf(body.token) }),
  (error) => ({ status: error.status, body: error.response?.text }),
);
const claimsOf = (token) => {
  const { exp, iat, jti, ...claims } = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
  return claims;
};

text(process.stdin).then(async (input) => {
  const { base_url: origin, token_generator: held } = JSON.parse(input);
  Sharinpix.configure({ endpoint: `${origin}/api/v1`, id: held.secret_id, secret: held.secret });
  const client = Sharinpix.get_instance();
  const permission = { abilities: { album: { Access: { see: true } } } };
  const bound = { abilities: { album: { Access: { see: true } } } };
  console.log(JSON.stringify({
    object: await told(client.post('/token', { permission }, {})),
    text: await told(client.post('/token', { permission: JSON.stringify(permission) }, {})),
    as_admin: await told(client.post('/token', {})),
    by_its_own_abilities: await told(client.post('/token', {}, bound)),
    beyond_its_own_abilities: await told(
      client.post('/token', { permission: { abilities: { other: { Access: { see: true } } } } }, bound)),
    unwrapped: await told(client.post('/token', permission, {})),
    import: await told(Sharinpix.import('https://pictures.example/a.jpg', 'album')),
  }));
});
