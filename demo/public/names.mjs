/** Names for those who have not chosen any: of people and of rooms. */
const MOODS = ['Brave', 'Calm', 'Clever', 'Curious', 'Gentle', 'Jolly', 'Lucky', 'Merry', 'Quick', 'Sunny']
const ANIMALS = ['Badger', 'Crane', 'Dormouse', 'Fox', 'Hare', 'Heron', 'Lynx', 'Otter', 'Robin', 'Seal']

const oneOf = (list) => list[Math.floor(Math.random() * list.length)]

/** The name this window had before, or a new one. Each window is a person of its own. */
export const startingName = () => sessionStorage.getItem('name') ?? `${oneOf(MOODS)} ${oneOf(ANIMALS)}`

export const newRoomName = () =>
  `${oneOf(MOODS)}-${oneOf(ANIMALS)}-${Math.floor(Math.random() * 1000)}`.toLowerCase()
