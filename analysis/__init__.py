"""From a table of runs to an answer: responses, response models, optimum, scale-up, report.

Everything here is pure: tables and numbers in, tables, numbers and sentences out.
"""
