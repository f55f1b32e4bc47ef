import { describe, expect, test } from 'vitest'
import { findPlace } from '../../../src/content/exports.ts'

const exports = { inbox: '/home/web1/inbox', exported: ['/srv/videos', '/srv/site'] }

describe('findPlace', () => {
  test('takes a relative path for one in the inbox', () => {
    expect(findPlace(exports, 'opt/app.tar')).toEqual({ folder: '/home/web1/inbox', parts: ['opt', 'app.tar'] })
  })

  test('finds an absolute path in the folder that is exported, and that folder itself', () => {
    expect(findPlace(exports, '/srv/site/css/a.css')).toEqual({ folder: '/srv/site', parts: ['css', 'a.css'] })
    expect(findPlace(exports, '/srv/site')).toEqual({ folder: '/srv/site', parts: [] })
  })

  test.each([
    '/etc/passwd',
    '/srv',
    '/srv/sites/a',
    '/srv/site/../../etc/passwd',
    '../staging/7.part',
    'opt/../../secret',
    '.treecast/7.part',
    '',
    'a//b',
    '/srv/site/a\u202eb',
  ])('refuses %j, and says why', (path) => {
    expect(findPlace(exports, path)).toEqual({ refusal: expect.stringContaining('is') })
  })
})
