// The coverage table: a field that filters its rows, and headings that sort them.
for (const box of document.querySelectorAll('.coverage')) {
  const body = box.querySelector('tbody');
  const text = (row, column) => row.cells[column].textContent.trim();
  const field = document.createElement('input');
  field.type = 'search';
  field.placeholder = 'Filter: a service, a construct, a state …';
  field.setAttribute('aria-label', 'Filter the table');
  field.addEventListener('input', () => {
    const words = field.value.toLowerCase().split(/\s+/);
    for (const row of body.rows) row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word));
  });
  box.prepend(field);
  for (const [column, heading] of [...box.querySelectorAll('th')].entries()) {
    heading.addEventListener('click', () => {
      const up = heading.getAttribute('aria-sort') !== 'ascending';
      for (const other of box.querySelectorAll('th')) other.removeAttribute('aria-sort');
      heading.setAttribute('aria-sort', up ? 'ascending' : 'descending');
      // Empty cells come last, whichever way: who sorts by construct wants to see constructs.
      const rows = [...body.rows].sort((a, b) => {
        const [x, y] = [text(a, column), text(b, column)];
        return !x - !y || x.localeCompare(y) * (up ? 1 : -1);
      });
      body.append(...rows);
    });
  }
}
