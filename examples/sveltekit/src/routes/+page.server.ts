import { fail, redirect } from '@sveltejs/kit'

export const actions = {
  default: async ({ request }) => {
    const form = await request.formData()
    const table = String(form.get('table') ?? '')
      .trim()
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '')
      .slice(0, 40)
    if (!table) return fail(400, { message: 'A table needs a name.' })
    redirect(303, `/table/${table}`)
  },
}
