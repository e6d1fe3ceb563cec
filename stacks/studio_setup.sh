#!/bin/bash
# Git remembers who works here, and notebooks are saved without what they printed.
set -eu

git config --global pull.rebase true
git config --global filter.clean-notebook.clean "jupyter nbconvert --clear-output --to notebook --stdin --stdout"
git config --global core.attributesfile "$HOME/.gitattributes"
grep -qs clean-notebook "$HOME/.gitattributes" || echo "*.ipynb filter=clean-notebook" >> "$HOME/.gitattributes"
