"""Generators: coded points without units, blocks or randomisation, one construction a file.

pyDOE2 is asked for what it does right. What version 1.3.0 gets wrong and is never asked for:
fractions, Box-Behnken from six factors on, Plackett-Burman sizes 28, 36, 44 ..., whole central
composites, the correlation criterion of its hypercubes.
"""
