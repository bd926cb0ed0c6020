// Where the surface is and whose it is: site position, and the slot as a whole number.
centroid in vec3 site;
flat in uint slot;
out vec4 hit;

void main() { hit = vec4(site, float(slot)); }
