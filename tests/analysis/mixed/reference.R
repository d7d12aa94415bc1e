# Reference numbers for tests/analysis/mixed: unbalanced tables fitted by lme4, with the
# Kenward-Roger numbers of pbkrtest and the Satterthwaite numbers of lmerTest.
# Terms stand in the order R puts them in: interactions last.
# Rscript reference.R > reference.json
suppressMessages({library(lme4); library(lmerTest); library(pbkrtest); library(jsonlite)})
RNGversion("4.2.0"); set.seed(20260)
control <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhobeg = 0.02, rhoend = 1e-12, maxfun = 1e5),
                       check.conv.singular = "ignore")

reference <- function(name, data, fixed, random, joint, weights = NULL) {
  # numbers as they stand in the file, so that both sides see the same table
  data$y <- round(data$y, 4)
  formula <- as.formula(paste("y ~", paste(fixed, collapse = " + "), "+",
                              paste0("(1 | ", random, ")", collapse = " + ")))
  if (is.null(weights)) model <- lmer(formula, data, control = control)
  else { data$w <- weights; model <- lmer(formula, data, control = control, weights = w) }
  adjusted <- vcovAdj(model)
  p <- length(fixef(model))
  rows <- diag(p)
  kr <- sapply(seq_len(p), function(i) get_Lb_ddf(model, rows[i, ]))
  satterthwaite <- coef(summary(model))[, "df"]
  test <- matrix(0, length(joint), p); for (i in seq_along(joint)) test[i, joint[i]] <- 1
  kr_test <- KRmodcomp(model, test)$stats
  md <- contestMD(model, test, ddf = "Satterthwaite")
  components <- as.data.frame(VarCorr(model))
  list(name = name, formula = deparse(formula, width.cutoff = 300), random = random,
       terms = fixed, data = data, components = setNames(as.list(components$vcov), components$grp),
       criterion = as.numeric(REMLcrit(model)), estimate = unname(fixef(model)),
       se = unname(sqrt(diag(as.matrix(vcov(model))))), se_kr = unname(sqrt(diag(as.matrix(adjusted)))),
       df_kr = kr, df_satterthwaite = unname(satterthwaite), joint = joint,
       joint_kr = list(F = kr_test$Fstat, ndf = kr_test$ndf, ddf = kr_test$ddf, p = kr_test$p.value),
       joint_satterthwaite = list(F = md[["F value"]], ddf = md[["DenDF"]]),
       effects = lapply(ranef(model), function(r) setNames(as.list(r[[1]]), rownames(r))))
}

lost <- function(data, n) data[-sample(nrow(data), n), ]

# Split plot: two hard-to-change factors in ten whole plots, two easy ones, nine runs lost.
whole <- data.frame(whole_plot = 1:10, a = c(-1, -1, 1, 1, 0, 0, 0, -1, 1, 0),
                    b = c(-1, 1, -1, 1, 0, 0, 1, 0, 0, -1))
split <- merge(whole, expand.grid(c = c(-1, 0, 1), d = c(-1, 1)))
split$y <- 20 + 3 * split$a - 2 * split$b + 1.5 * split$c + split$a * split$d - split$c^2 +
  rnorm(10, 0, 2)[split$whole_plot] + rnorm(nrow(split), 0, 1)
split <- lost(split, 9)

# The same with three strata: temperature by bank, medium by batch within it.
three <- expand.grid(whole_plot = 1:8, batch = 1:3, c = c(-1, 0, 1))
three$sub_plot <- three$batch
three$a <- c(-1, 1, -1, 1, -1, 1, 0, 0)[three$whole_plot]
three$b <- c(-1, 0, 1)[(three$batch + three$whole_plot) %% 3 + 1]
three$batch <- NULL
three$strata <- paste0(three$whole_plot, "/", three$sub_plot)
three$y <- 50 + 4 * three$a + 2 * three$b - three$c + 0.8 * three$a * three$c +
  rnorm(8, 0, 3)[three$whole_plot] + rnorm(24, 0, 1.5)[as.integer(factor(three$strata))] +
  rnorm(nrow(three), 0, 1)
three <- lost(three, 13)

# Crossed: rows and columns of an array of 48, factors at random over it, eleven vessels lost.
array <- expand.grid(column = 1:8, row = LETTERS[1:6])
array$a <- sample(rep(c(-1, 0, 1), 16)); array$b <- sample(rep(c(-1, 1), 24))
array$y <- 5 + array$a + 0.5 * array$a * array$b - 0.7 * array$a^2 +
  rnorm(6, 0, 0.8)[as.integer(array$row)] + rnorm(8, 0, 0.5)[array$column] +
  rnorm(48, 0, 0.6)
array$row <- as.character(array$row)
array <- lost(array, 11)

# No whole-plot scatter at all: the variance comes out as nought.
none <- split
noise <- rnorm(nrow(none))
none$y <- 10 + none$c + noise - ave(noise, none$whole_plot)

# Weighted: runs that are means of one to four readings. pbkrtest takes no account of weights
# (its residual covariance is the identity), so only lmerTest's numbers are of use.
readings <- sample(1:4, nrow(split), replace = TRUE)
weighted <- split; weighted$y <- weighted$y + rnorm(nrow(split)) / sqrt(readings)

second <- c("a", "b", "c", "d", "I(c^2)", "I(a^2)", "a:b", "a:d")
cases <- list(
  reference("split plot", split, second, "whole_plot", c(8, 9)),
  reference("split-split plot", three, c("a", "b", "c", "a:c", "b:c"), c("whole_plot", "strata"), c(2, 3, 5)),
  reference("rows and columns", array, c("a", "b", "I(a^2)", "a:b"), c("row", "column"), c(2, 4, 5)),
  reference("no whole-plot scatter", none, c("a", "b", "c", "d"), "whole_plot", c(2, 3)),
  reference("weighted", weighted, c("a", "b", "c", "d"), "whole_plot", c(2, 4), readings)
)
cat(toJSON(cases, digits = 12, auto_unbox = TRUE, dataframe = "columns", pretty = FALSE), "\n")
