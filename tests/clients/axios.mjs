// axios: narrowing in each spelling it offers, and a session kept in a header shared with another cookie.
import { text } from 'node:stream/consumers';
import axios from 'axios';

const { base_url: origin, token_generator, animeloop, manis } = JSON.parse(await text(process.stdin));
const api = axios.create({ baseURL: origin, validateStatus: () => true });

const permission = { abilities: { a: { Access: { see: true } } } };
const asJson = JSON.stringify(permission);
const abilities = ({ status, data }) =>
  [status, data.token && JSON.parse(Buffer.from(data.token.split('.')[1], 'base64url')).abilities]
    .filter((fact) => fact !== undefined);
const ask = async (body, config = {}) => abilities(await api.post('/api/v1/token', body, {
  ...config,
  headers: { Authorization: `Token token="${token_generator.user_token}"`, ...config.headers },
}));
const FORM = { headers: { 'Content-Type': 'application/x-www-form-urlencoded' } };

const login = await api.post('/api/v2/auth/login', {
  username: animeloop.username,
  password: animeloop.password,
});
const cookie = login.headers['set-cookie'][0].split(';')[0];
const session = async (path, neighbour) =>
  (await api.post(path, undefined, { headers: { Cookie: `${neighbour}${cookie}` } })).data.code;

console.log(JSON.stringify({
  json: await ask({ permission }),
  json_text: await ask({ permission: asJson }),
  form_text: await ask({ permission: asJson }, FORM),
  search_params: await ask(new URLSearchParams({ permission: asJson })),
  nested_form: await ask({ permission }, FORM),
  nested_form_helper: (await api.postForm('/api/v1/token', { permission }, {
    headers: { Authorization: `Token token="${token_generator.user_token}"` },
  })).status,
  dotted_form: await ask({ permission }, { ...FORM, formSerializer: { dots: true } }),
  nested_query: await ask(undefined, { params: { permission } }),
  unwrapped: await ask(permission),
  login: login.data.code,
  session_beside_another_cookie: await session('/api/v2/auth/token', 'stad=Malmö; '),
  logout_beside_another_cookie: await session('/api/v2/auth/logout', 'stad=Malmö; '),
  session_after_logout: await session('/api/v2/auth/token', ''),
  manis: (await api.post('/api/v1/auth/token', undefined, {
    headers: { 'x-merchant-id': manis.merchant_id, 'x-secret': manis.secret },
  })).status,
}));
