/** What can be played. */
export const CARDS = ['0', '1', '2', '3', '5', '8', '13', '21', '?', '☕']

/** The application's own protocol in a room. */
export const POKER = 'planning-poker:1'
