"""A culture of seconds: two doses and a sample, for nights that only have to be over soon."""

TWO_FEEDS = """\
reagents:
  glucose-400: {glucose: 400 g/L}
  iptg-stock: {iptg: 0.1 mmol/L}
culture:
  volume: 10 mL
  scan: 1 s
  start: {temperature: 37 degC, ph: 6.9, stirring: 2000 rpm, glucose: 5 g/L, biomass: 4 g/L}
  phases:
    - name: fed
      events:
        - {at: 1 s, add: {source: glucose-400, volume: $rich}}
        - {at: 2 s, add: {source: iptg-stock, volume: $lean}}
      until: {after: 20 s}
    - name: harvest
  samples:
    - {name: plate, volume: 150 µL, from: harvest}
responses:
  glucose: {unit: g/L, from: plate, measured: at-line, goal: maximise}
"""
"""Reagents, culture and response; the factors are `rich` and `lean`."""
