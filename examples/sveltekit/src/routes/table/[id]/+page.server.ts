import { fail } from '@sveltejs/kit'
import { wss } from '@cgreenhalgh/websocket-room-server'
import { deal } from '#lib/live.ts'

export const actions = {
  /** A form that changes the room: everybody at the table sees the new story, and the cards are taken back. */
  story: async ({ request, params }) => {
    const table = wss.room(params.id)
    if (!table) return fail(404, { message: 'Nobody is at this table.' })
    const story = String((await request.formData()).get('story') ?? '').trim()
    if (!story || story.length > 200) return fail(400, { message: 'A story is 1 to 200 characters long.' })
    deal(table, story)
  },
}
