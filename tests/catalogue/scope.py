"""Kinds of numbers that are no matter of analysing designed runs, and why."""

from __future__ import annotations

_STATISTIC = "a statistic of readings, no model"
_DESIGN = "a property of a design, not of an analysis"
_OTHER = "another method: multiple comparisons, classical tests, dispersion, profiling"
REASONS = {
    **dict.fromkeys(
        ("mean", "sum", "median", "minimum", "maximum", "range", "std_dev", "variance",
         "observation", "n_runs", "difference_of_means", "cross_products", "column_correlation",
         "dot_product", "capability", "residual_std_dev", "residual_log_variance_ratio",
         "residual_quantile", "marginal_means"),
        _STATISTIC,
    ),
    **dict.fromkeys(
        ("design_metric", "aliases", "design_property", "resolution", "normal_equations",
         "run_count", "fraction_runs", "defining_relation", "design_structure", "run_order_trends",
         "unit_std_error", "same_runs", "average_power", "expected_mean_squares", "generator",
         "minimum_aberration", "projections", "product_column", "block_confounding",
         "distinct_runs", "generator_holds", "clear", "generalized_interactions", "component_ss",
         "estimate_correlations", "component_product", "term_correlations", "interaction_columns",
         "mod3_sum", "run_radius", "estimable_projections", "standard_order", "component_blocks",
         "relative_efficiency", "design_measure", "fold_over_pairs", "blocks_orthogonal",
         "contrast_values", "component_values", "component_fraction", "component_relation",
         "multistratum", "library_text", "array", "levels", "limit_through", "projection",
         "same_projections", "block_effects"),
        _DESIGN,
    ),
    **dict.fromkeys(
        ("t_test", "classical_test", "tukey", "least_squares_means", "connecting_letters",
         "nonadditivity", "transmitted_variance", "adequate_precision", "percent_contribution",
         "standardised_coefficient", "desirability", "desirability_optimum", "best_corner",
         "target_setting", "active_effects", "normal_plot", "curvature", "curvature_difference",
         "durbin_watson", "max_r_squared", "aic", "aic_step"),
        _OTHER,
    ),
    "library_value": "a call of that package's own functions",
    "ss_total_uncorrected": "sums of squares about zero",
    "ss_mean": "sums of squares about zero",
    "ss_regression_uncorrected": "sums of squares about zero",
    "df_model_uncorrected": "sums of squares about zero",
    "ms_regression_uncorrected": "sums of squares about zero",
    "f_uncorrected": "sums of squares about zero",
    "f_uncorrected_p": "sums of squares about zero",
    "": "the catalogue names no way to compute it",
}  # fmt: skip
"""Why numbers of a kind are not checked here."""
