// superagent: narrowing in each spelling it offers, and a session kept by its agent.
import { text } from 'node:stream/consumers';
import superagent from 'superagent';

const { base_url: origin, token_generator, animeloop, pnut } = JSON.parse(await text(process.stdin));

const permission = { abilities: { a: { Access: { see: true } } } };
const asJson = JSON.stringify(permission);
const ask = async (prepare) => {
  const request = superagent
    .post(`${origin}/api/v1/token`)
    .set('Authorization', `Token token="${token_generator.user_token}"`)
    .ok(() => true);
  const { status, body } = await prepare(request);
  const claims = body.token && JSON.parse(Buffer.from(body.token.split('.')[1], 'base64url'));
  return [status, claims?.abilities].filter((fact) => fact !== undefined);
};

const agent = superagent.agent();
const session = async (path, body) => (await agent.post(`${origin}${path}`).send(body)).body.code;
const pnutToken = await superagent.post(`${origin}/v1/oauth/access_token`).type('form').send({
  grant_type: 'client_credentials',
  client_id: pnut.client_id,
  client_secret: pnut.client_secret,
});

console.log(JSON.stringify({
  json: await ask((request) => request.send({ permission })),
  form_text: await ask((request) => request.type('form').send({ permission: asJson })),
  nested_form: await ask((request) => request.type('form').send({ permission })),
  nested_query: await ask((request) => request.query({ permission })),
  unwrapped: await ask((request) => request.send(permission)),
  login: await session('/api/v2/auth/login', {
    username: animeloop.username,
    password: animeloop.password,
  }),
  new_token: await session('/api/v2/auth/token/new'),
  logout: await session('/api/v2/auth/logout'),
  after_logout: await session('/api/v2/auth/token'),
  pnut: pnutToken.status,
}));
