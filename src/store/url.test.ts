import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseUrl, withoutPassword } from './url.ts'

const server = { user: 'neutron', password: 's3cret', host: 'db', port: 5432, database: 'neutron', socket: null }
const cases = {
  'sqlite://': { dialect: 'sqlite', path: null },
  'sqlite:///:memory:': { dialect: 'sqlite', path: null },
  'sqlite:////var/lib/neutron/neutron.db': { dialect: 'sqlite', path: '/var/lib/neutron/neutron.db' },
  'sqlite:///neutron.db': { dialect: 'sqlite', path: 'neutron.db' },
  'postgresql://neutron:s3cret@db/neutron': { dialect: 'postgres', ...server },
  'postgresql+psycopg2://neutron:s3cret@db:6000/neutron': { dialect: 'postgres', ...server, port: 6000 },
  'mysql+pymysql://neutron:s3cret@db/neutron?charset=utf8': { dialect: 'mysql', ...server, port: 3306 },
  'mysql://neutron:p%40ss%2Fword@[2001:db8::1]:3307/neutron': {
    dialect: 'mysql',
    ...server,
    password: 'p@ss/word',
    host: '2001:db8::1',
    port: 3307,
  },
  'mysql+pymysql://neutron@/neutron?unix_socket=/run/mysqld/mysqld.sock': {
    dialect: 'mysql',
    ...server,
    password: '',
    host: 'localhost',
    port: 3306,
    socket: '/run/mysqld/mysqld.sock',
  },
  'postgresql:///neutron?host=/run/postgresql': {
    dialect: 'postgres',
    ...server,
    user: '',
    password: '',
    host: '/run/postgresql',
    socket: '/run/postgresql',
  },
}

for (const [url, expected] of Object.entries(cases)) {
  test(`connection ${url}`, () => assert.deepEqual(parseUrl(url), expected))
}

for (const url of ['', 'neutron.db', 'oracle://u:hidden@h/db', 'mysql://u:hidden@h', 'mysql://u:hidden@h:port/db']) {
  test(`connection '${url}' is refused without telling the password`, () =>
    assert.throws(
      () => parseUrl(url),
      ({ message }: Error) => message.startsWith('connection: ') && !message.includes('hidden'),
    ))
}

test('a URL is shown without its password', () => {
  const shown = {
    'mysql+pymysql://neutron:hid@den:x@db:3306/neutron?charset=utf8':
      'mysql+pymysql://neutron:***@db:3306/neutron?charset=utf8',
    'postgresql://neutron@db/neutron?password=hidden&host=/run':
      'postgresql://neutron@db/neutron?password=***&host=/run',
    'sqlite:////var/lib/neutron/neutron.sqlite': 'sqlite:////var/lib/neutron/neutron.sqlite',
  }
  assert.deepEqual(Object.keys(shown).map(withoutPassword), Object.values(shown))
})
