/** The name of the network database in HOME/serve. */
export const DATABASE_FILE = 'network.db'
