export function writeChart(){}
