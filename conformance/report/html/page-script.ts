/** Filters the list of checks by verdict and text. Without scripts the list is whole. */
export const PAGE_SCRIPT = `
const rows = [...document.querySelectorAll('.check')]
const buttons = [...document.querySelectorAll('.filter button')]
const search = document.querySelector('.filter input')
const count = document.querySelector('.filter output')
let wanted = ''
const show = () => {
  const text = search.value.trim().toLowerCase()
  for (const row of rows)
    row.hidden = !((wanted === '' || wanted.split(' ').includes(row.dataset.kind)) && row.textContent.toLowerCase().includes(text))
  count.textContent = rows.filter((row) => !row.hidden).length + ' of ' + rows.length
}
for (const button of buttons)
  button.addEventListener('click', () => {
    wanted = button.dataset.kinds
    for (const each of buttons) each.setAttribute('aria-pressed', String(each === button))
    show()
  })
search.addEventListener('input', show)
const open = () => {
  const place = document.getElementById(decodeURIComponent(location.hash.slice(1)))
  for (let each = place; each; each = each.parentElement) if (each.tagName === 'DETAILS') each.open = true
  if (place && place.hidden) { wanted = ''; search.value = ''; show() }
  if (place) place.scrollIntoView()
}
addEventListener('hashchange', open)
show()
open()
`
