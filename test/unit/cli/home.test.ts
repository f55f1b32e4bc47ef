import { describe, expect, test } from 'vitest'
import { resolveHome } from '../../../src/cli/home.ts'

const nobody = { option: undefined, environment: {}, userId: 1000, userFolder: '/home/ann' }

describe('the home folder', () => {
  test('is what --home says before anything else, made absolute', () => {
    const environment = { TREECAST_HOME: '/env', XDG_STATE_HOME: '/xdg' }
    expect(resolveHome({ ...nobody, option: '/opt/tree', environment }).home).toBe('/opt/tree')
    expect(resolveHome({ ...nobody, option: 'here', environment }).home).toBe(`${process.cwd()}/here`)
  })
  test('is then $TREECAST_HOME, then $XDG_STATE_HOME/treecast, for root too', () => {
    const environment = { TREECAST_HOME: '/env', XDG_STATE_HOME: '/xdg' }
    expect(resolveHome({ ...nobody, environment }).home).toBe('/env')
    expect(resolveHome({ ...nobody, userId: 0, environment: { XDG_STATE_HOME: '/xdg' } }).home).toBe('/xdg/treecast')
  })
  test('is /var/lib/treecast for root and under ~/.local/state for everyone else', () => {
    expect(resolveHome({ ...nobody, userId: 0 }).home).toBe('/var/lib/treecast')
    expect(resolveHome(nobody).home).toBe('/home/ann/.local/state/treecast')
  })
  test('ignores a relative or empty $XDG_STATE_HOME', () => {
    expect(resolveHome({ ...nobody, environment: { XDG_STATE_HOME: 'state' } }).home).toBe(
      '/home/ann/.local/state/treecast',
    )
    expect(resolveHome({ ...nobody, environment: { XDG_STATE_HOME: '' } }).home).toBe('/home/ann/.local/state/treecast')
  })
  test('has a folder for each role', () => {
    expect(resolveHome({ ...nobody, option: '/t' })).toEqual({
      home: '/t',
      serve: '/t/serve',
      relay: '/t/relay',
      operator: '/t/operator',
    })
  })
})
