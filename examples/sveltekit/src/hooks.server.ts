// For production: the hooks are there before the server listens. In dev the vite plugin sees to that.
import '#lib/live.ts'
