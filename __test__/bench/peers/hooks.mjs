/** All four hooks, async and doing what happens without them: what is measured is the way through JavaScript. */

export function setHooks(wss, MESSAGE_TYPE) {
  wss.onHelloReq = async (_wss, req) => ({ clientState: req.clientState, readonly: !!req.readonly })
  wss.onChangeReq = async (_wss, req) => ({
    roomChanges: req.roomChanges,
    clientChanges: req.clientChanges,
    echo: !!req.echo,
  })
  wss.onActionReq = async (_wss, req) => ({
    type: MESSAGE_TYPE.ACTION_RESP,
    id: req.id,
    success: true,
    data: req.data,
  })
  wss.onLeave = async () => {}
}
