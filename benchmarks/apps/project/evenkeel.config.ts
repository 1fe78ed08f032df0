export default { apps: { app: { instances: 2 } } }
